import { Button } from "@mantine/core";
import { IconCircleCheck, IconLock, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AccessKey, Member, NewAccessKey } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { Copyable, Once } from "../Once";
import { accessKeysQuery } from "../queries";
import { type Column, Table } from "../Table";
import { TypedDialog } from "../TypedDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";

/** The server keeps at most two for a user, so that one can replace the other. */
const limit = 2;

/** The keys by which the user's programs sign their requests. */
export function AccessKeys({ user }: { user: Member }) {
  const query = useQuery(accessKeysQuery(user.name));
  const [made, setMade] = useState<NewAccessKey>();
  const [doomed, setDoomed] = useState<AccessKey>();
  const touches = [["user", user.name], ["users"]];
  const create = useChange({
    run: () => trust.createAccessKey(user.name),
    touches,
    done: (key: NewAccessKey) => setMade(key),
  });
  const set = useChange({
    run: (key: AccessKey) => trust.setAccessKey(user.name, key.id, !key.active),
    touches,
    said: (_, key) => `Access key ${key.id} is ${key.active ? "off" : "on"}.`,
  });
  const may = (operation: string) => user.may.includes(operation);
  const keys = query.data ?? [];
  const problem = create.problem ?? set.problem;
  const columns: Column<AccessKey>[] = [
    {
      id: "id",
      header: "Access key",
      cell: (key) => (
        <>
          <span className="mono">{key.id}</span>
          <span className={`${classes.cellNote} ${classes.narrow}`}>
            last used <Used value={key} />
          </span>
        </>
      ),
    },
    { id: "state", header: "State", cell: (key) => <State value={key} /> },
    { id: "used", header: "Last used", wide: true, cell: (key) => <Used value={key} /> },
    {
      id: "buttons",
      header: <span className={classes.quiet}>Actions</span>,
      number: true,
      cell: (key) => (
        <div className={classes.rowButtons}>
          {may("UpdateAccessKey") && (
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={`${key.active ? "Switch off" : "Switch on"} ${key.id}`}
              onClick={() => set.go(key)}
            >
              {key.active ? "Switch off" : "Switch on"}
            </Button>
          )}
          {may("DeleteAccessKey") && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              aria-label={`Delete ${key.id}`}
              onClick={() => setDoomed(key)}
            >
              Delete…
            </Button>
          )}
        </div>
      ),
    },
  ];
  return (
    <Card
      title="Access keys"
      flush={keys.length > 0 && !problem}
      actions={
        may("CreateAccessKey") &&
        query.data &&
        keys.length < limit && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            loading={create.busy}
            onClick={() => create.go()}
          >
            Create access key
          </Button>
        )
      }
    >
      {problem && <ProblemPanel doing="managing" problem={problem} />}
      <Loaded query={query}>
        {(found) =>
          found.length === 0 ? (
            <p className={classes.note}>None. Programs, the AWS CLI and SDKs sign their requests with one.</p>
          ) : (
            <Table label="Access keys" columns={columns} rows={found} rowId={(key) => key.id} />
          )
        }
      </Loaded>
      {made && <Shown value={made} user={user} onClose={() => setMade(undefined)} />}
      {doomed && <Delete value={doomed} user={user} onClose={() => setDoomed(undefined)} />}
    </Card>
  );
}

function State({ value: key }: { value: AccessKey }) {
  const Icon = key.active ? IconCircleCheck : IconLock;
  return (
    <span className={classes.mark}>
      <Icon size={15} aria-hidden className={key.active ? classes.good : classes.attention} />
      {key.active ? "On" : "Off"}
    </span>
  );
}

function Used({ value: key }: { value: AccessKey }) {
  if (!key.usedAt) return <span className={classes.quiet}>never</span>;
  return (
    <>
      <When at={key.usedAt} ago /> {key.usedFor && <span className={classes.quiet}>for {key.usedFor}</span>}
    </>
  );
}

function Shown({ value: key, user, onClose }: { value: NewAccessKey; user: Member; onClose: () => void }) {
  return (
    <Once
      title={`Access key for ${user.name}`}
      warning={
        <>
          <strong>The secret is shown now and never again.</strong> Put it where the program finds it. If it
          is lost, delete this key and make another.
        </>
      }
      doneLabel="I have kept the secret"
      onDone={onClose}
    >
      <Copyable label="Access key id" value={key.id} />
      <Copyable label="Secret access key" value={key.secret} />
      <Copyable label="Endpoint" value={window.location.origin} />
    </Once>
  );
}

interface DeleteProps {
  value: AccessKey;
  user: Member;
  onClose: () => void;
}

function Delete({ value: key, user, onClose }: DeleteProps) {
  const remove = useChange({
    run: () => trust.deleteAccessKey(user.name, key.id),
    touches: [["user", user.name], ["users"]],
    said: `Access key ${key.id} is gone.`,
    done: onClose,
  });
  return (
    <TypedDialog
      title="Delete access key"
      accepted={[key.id]}
      what="the access key’s id"
      doLabel="Delete the access key"
      busy={remove.busy}
      problem={remove.problem}
      onDo={() => remove.go()}
      onClose={onClose}
    >
      <div>
        <p style={{ margin: "0 0 8px" }}>At once this stops working, and cannot be taken back:</p>
        <ul className={classes.list}>
          <li>every program that signs with {key.id}</li>
          <li>temporary credentials that were made with it</li>
        </ul>
      </div>
      <p className={classes.note}>
        {key.usedAt ? "It was last used " : "It was never used."}
        {key.usedAt && <When at={key.usedAt} ago />}
        {key.usedAt && ". Switching it off first shows who still needs it."}
      </p>
    </TypedDialog>
  );
}
