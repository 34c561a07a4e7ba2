import { Button, Menu, NumberInput } from "@mantine/core";
import { IconLock, IconLockOpen, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Key } from "../../api/types";
import { formatAgo } from "../../format/format";
import { useMe } from "../../session/session";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { grantsQuery, keyUsesQuery } from "../queries";
import { TypedDialog } from "../TypedDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { count, keyName, lastUsers, shortArn } from "../words";
import { stateMeaning, stateOf } from "./KeyState";

type Open = "disable" | "delete" | undefined;

/** The key's state, what it means, and the switch. Locking asks for the name; unlocking is one press. */
export function KeyLock({ value: key }: { value: Key }) {
  const [open, setOpen] = useState<Open>();
  const { word, icon: Icon, tone } = stateOf(key);
  const touches = [["key", key.id], ["keys"]];
  const name = keyName(key);
  const close = () => setOpen(undefined);
  const enable = useChange({ run: () => trust.enableKey(key.id), touches, said: `Key ${name} is enabled.` });
  const keep = useChange({
    run: () => trust.keepKey(key.id),
    touches,
    said: `Key ${name} stays. It is disabled.`,
  });
  const may = (operation: string) => key.may.includes(operation);
  const problem = enable.problem ?? keep.problem;
  return (
    <>
      <section className={classes.state} data-tone={tone} aria-label="State of the key">
        <span className={`${classes.stateIcon} ${classes[tone]}`}>
          <Icon size={22} aria-hidden />
        </span>
        <div className={classes.stateWords}>
          <strong>{word}</strong>
          {stateMeaning(key)}
        </div>
        <div className={classes.buttons}>
          {key.state === "Disabled" && may("EnableKey") && (
            <Button
              leftSection={<IconLockOpen size={16} aria-hidden />}
              loading={enable.busy}
              onClick={() => enable.go()}
            >
              Enable
            </Button>
          )}
          {key.state === "PendingDeletion" && may("CancelKeyDeletion") && (
            <Button loading={keep.busy} onClick={() => keep.go()}>
              Keep the key
            </Button>
          )}
          {key.state === "Enabled" && may("DisableKey") && (
            <Button
              variant="default"
              leftSection={<IconLock size={16} aria-hidden />}
              onClick={() => setOpen("disable")}
            >
              Disable…
            </Button>
          )}
          {key.state !== "PendingDeletion" && may("ScheduleKeyDeletion") && (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default">More</Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  color="red"
                  leftSection={<IconTrash size={16} aria-hidden />}
                  onClick={() => setOpen("delete")}
                >
                  Delete…
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </div>
      </section>
      {problem && <ProblemPanel doing="managing" problem={problem} />}
      {open === "disable" && <Disable value={key} onClose={close} />}
      {open === "delete" && <Delete value={key} onClose={close} />}
    </>
  );
}

function Disable({ value: key, onClose }: { value: Key; onClose: () => void }) {
  const name = keyName(key);
  const disable = useChange({
    run: () => trust.disableKey(key.id),
    touches: [["key", key.id], ["keys"]],
    said: `Key ${name} is disabled. Every use of it is refused from now on.`,
    done: onClose,
  });
  return (
    <TypedDialog
      title={`Disable ${name}`}
      accepted={[name, key.id]}
      what={key.aliases.length > 0 ? "The key’s alias" : "The key’s id"}
      doLabel="Disable the key"
      busy={disable.busy}
      problem={disable.problem}
      onDo={() => disable.go()}
      onClose={onClose}
    >
      <WhatStops value={key}>From the next request on, this stops working:</WhatStops>
      <p className={classes.note}>Nothing is lost: enabling the key again opens all of it.</p>
    </TypedDialog>
  );
}

function Delete({ value: key, onClose }: { value: Key; onClose: () => void }) {
  const [days, setDays] = useState(30);
  const name = keyName(key);
  const remove = useChange({
    run: () => trust.deleteKey(key.id, days),
    touches: [["key", key.id], ["keys"]],
    said: `Key ${name} will be deleted in ${days} days. Until then it can be kept.`,
    done: onClose,
  });
  return (
    <TypedDialog
      title={`Delete ${name}`}
      accepted={[name, key.id]}
      what={key.aliases.length > 0 ? "The key’s alias" : "The key’s id"}
      doLabel="Plan the deletion"
      busy={remove.busy}
      problem={remove.problem}
      onDo={() => remove.go()}
      onClose={onClose}
    >
      <WhatStops value={key}>
        At once this stops working, and after the waiting period what it encrypted is lost for good:
      </WhatStops>
      <NumberInput
        label="Days to wait"
        description="7 to 30; until they are over, the key can be kept."
        min={7}
        max={30}
        clampBehavior="strict"
        allowDecimal={false}
        value={days}
        onChange={(value) => setDays(Number(value) || 30)}
      />
    </TypedDialog>
  );
}

/** What depends on the key, by name where names are known. */
function WhatStops({ value: key, children }: { value: Key; children: ReactNode }) {
  const { may } = useMe();
  const grants = useQuery({ ...grantsQuery(key.id), enabled: key.may.includes("ListGrants") });
  const uses = useQuery({ ...keyUsesQuery(key.id), enabled: may.audit });
  const known = grants.data?.items ?? [];
  const users = lastUsers(uses.data ?? []);
  return (
    <div>
      <p style={{ margin: "0 0 8px" }}>{children}</p>
      <ul className={classes.list}>
        {key.aliases.map((alias) => (
          <li key={alias}>
            every request that names <strong>{alias}</strong>
          </li>
        ))}
        {known.slice(0, 8).map((grant) => (
          <li key={grant.id}>
            the grant {grant.name ? <strong>{grant.name} </strong> : ""}to{" "}
            <strong title={grant.grantee}>{shortArn(grant.grantee)}</strong>: {grant.operations.join(", ")}
          </li>
        ))}
        {known.length > 8 && <li>{count(known.length - 8, "more grant")}</li>}
        {users.slice(0, 5).map((use) => (
          <li key={use.by}>
            <strong>{use.by}</strong>, who used it {formatAgo(use.at, Date.now())} ({use.operation})
          </li>
        ))}
        <li>whatever was encrypted under it: secrets, data keys and sealed data cannot be opened</li>
      </ul>
    </div>
  );
}
