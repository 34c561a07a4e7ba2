import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Key, KeyGrant } from "../../api/types";
import { useMe } from "../../session/session";
import { ProblemPanel } from "../../state/ProblemPanel";
import { most, trust } from "../api";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { accountOf } from "../policyTemplates";
import { grantsQuery } from "../queries";
import { type Column, Table } from "../Table";
import { TypedDialog } from "../TypedDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";
import { keyName, shortArn } from "../words";
import { grantName, mayRetire } from "./grantText";
import { NewGrant } from "./NewGrant";

function columnsFor(actions: (grant: KeyGrant) => React.ReactNode): Column<KeyGrant>[] {
  return [
    {
      id: "to",
      header: "To",
      cell: (grant) => (
        <>
          <span title={grant.grantee}>{shortArn(grant.grantee)}</span>
          {grant.name && <span className={classes.cellNote}>{grant.name}</span>}
        </>
      ),
    },
    {
      id: "for",
      header: "For",
      cell: (grant) => (
        <>
          {grant.operations.join(", ")}
          <Only grant={grant} />
          {grant.retiring && (
            <span className={classes.cellNote} title={grant.retiring}>
              {shortArn(grant.retiring)} may end it
            </span>
          )}
        </>
      ),
    },
    { id: "since", header: "Since", wide: true, cell: (grant) => <When at={grant.createdAt} /> },
    { id: "buttons", header: <span className={classes.quiet}>Actions</span>, number: true, cell: actions },
  ];
}

function Only({ grant }: { grant: KeyGrant }) {
  const pairs = Object.entries({ ...grant.equals, ...grant.subset });
  if (pairs.length === 0) return null;
  const word = grant.equals ? "only with exactly" : "only with";
  return (
    <span className={classes.cellNote}>
      {word} {pairs.map(([name, value]) => `${name} = ${value}`).join(", ")}
    </span>
  );
}

/** Who may use the key by a grant, beside the policies. */
export function KeyGrants({ value: key }: { value: Key }) {
  const query = useQuery(grantsQuery(key.id));
  const me = useMe();
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<KeyGrant>();
  const touches = [["key", key.id], ["keys"]];
  const retire = useChange({
    run: (grant: KeyGrant) => trust.retireGrant(key.id, grant.id),
    touches,
    said: (_, grant) => `The grant ${grantName(grant)} is given back.`,
  });
  const mayRevoke = key.may.includes("RevokeGrant");
  const mine = `arn:aws:iam::${accountOf(key.arn)}:user/${me.name}`;
  const columns = columnsFor((grant) => (
    <div className={classes.rowButtons}>
      {mayRevoke && (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          aria-label={`End the grant ${grantName(grant)}`}
          onClick={() => setEnding(grant)}
        >
          End…
        </Button>
      )}
      {!mayRevoke && mayRetire(grant, mine) && (
        <Button
          size="compact-sm"
          variant="subtle"
          aria-label={`Give back the grant ${grantName(grant)}`}
          onClick={() => retire.go(grant)}
        >
          Give back
        </Button>
      )}
    </div>
  ));
  const some = (query.data?.items.length ?? 0) > 0;
  return (
    <Card
      title="Grants"
      flush={some && !retire.problem}
      actions={
        key.state === "Enabled" &&
        key.may.includes("CreateGrant") && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setMaking(true)}
          >
            Create grant
          </Button>
        )
      }
    >
      {retire.problem && <ProblemPanel doing="managing" problem={retire.problem} />}
      <Loaded query={query}>
        {({ items, cut }) =>
          items.length === 0 ? (
            <p className={classes.note}>
              None. A grant lets one user, role or program use the key for a while, beside the policies.
            </p>
          ) : (
            <>
              <Table label="Grants" columns={columns} rows={items} rowId={(grant) => grant.id} />
              {cut && <p className={classes.note}>The first {most} are shown.</p>}
            </>
          )
        }
      </Loaded>
      {making && <NewGrant value={key} onClose={() => setMaking(false)} />}
      {ending && <End value={key} grant={ending} onClose={() => setEnding(undefined)} />}
    </Card>
  );
}

function End({ value: key, grant, onClose }: { value: Key; grant: KeyGrant; onClose: () => void }) {
  const revoke = useChange({
    run: () => trust.revokeGrant(key.id, grant.id),
    touches: [["key", key.id], ["keys"]],
    said: `The grant ${grantName(grant)} has ended.`,
    done: onClose,
  });
  return (
    <TypedDialog
      title={`End the grant ${grantName(grant)}`}
      accepted={[grantName(grant), grant.id]}
      what={grant.name ? "the grant’s name" : "the beginning of the grant’s id"}
      doLabel="End the grant"
      busy={revoke.busy}
      problem={revoke.problem}
      onDo={() => revoke.go()}
      onClose={onClose}
    >
      <div>
        <p style={{ margin: "0 0 8px" }}>From the next request on, this stops working:</p>
        <ul className={classes.list}>
          <li>
            <strong title={grant.grantee}>{shortArn(grant.grantee)}</strong> with {keyName(key)}:{" "}
            {grant.operations.join(", ")}
            <Only grant={grant} />
          </li>
        </ul>
      </div>
      <p className={classes.note}>What policies allow goes on. What was encrypted stays as it is.</p>
    </TypedDialog>
  );
}
