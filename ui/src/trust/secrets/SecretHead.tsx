import { Button, Menu, NumberInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Secret, SecretReading } from "../../api/types";
import { formatAgo } from "../../format/format";
import { useMe } from "../../session/session";
import { ProblemPanel } from "../../state/ProblemPanel";
import { TypedDialog } from "../TypedDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { readsQuery, vault } from "./api";
import { icons, stateMeaning } from "./SecretMark";
import { mayDo } from "./SecretPage";
import { states } from "./words";

/** How the secret stands, what that means, and its end. Deleting asks for the name; restoring is one press. */
export function SecretHead({ value: secret }: { value: Secret }) {
  const [deleting, setDeleting] = useState(false);
  const { word, tone } = states[secret.state];
  const Icon = icons[secret.state];
  const restore = useChange({
    run: () => vault.restore(secret.name),
    touches: [["secret", secret.name], ["secrets"]],
    said: `Secret ${secret.name} stays, and can be read again.`,
  });
  return (
    <>
      <section className={classes.state} data-tone={tone} aria-label="State of the secret">
        <span className={`${classes.stateIcon} ${classes[tone]}`}>
          <Icon size={22} aria-hidden />
        </span>
        <div className={classes.stateWords} role="status">
          <strong>{word}</strong>
          {stateMeaning(secret)}
        </div>
        <div className={classes.buttons}>
          {secret.state === "deleting" && mayDo(secret, "RestoreSecret") && (
            <Button loading={restore.busy} onClick={() => restore.go()}>
              Restore the secret
            </Button>
          )}
          {mayDo(secret, "DeleteSecret") && (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default">More</Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  color="red"
                  leftSection={<IconTrash size={16} aria-hidden />}
                  onClick={() => setDeleting(true)}
                >
                  Delete…
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </div>
      </section>
      {restore.problem && <ProblemPanel doing="managing" problem={restore.problem} />}
      {deleting && <Delete value={secret} onClose={() => setDeleting(false)} />}
    </>
  );
}

function Delete({ value: secret, onClose }: { value: Secret; onClose: () => void }) {
  const { may } = useMe();
  const [days, setDays] = useState(30);
  const reads = useQuery({ ...readsQuery(secret.name), enabled: may.audit });
  const readers = lastReaders(reads.data?.items ?? []);
  const remove = useChange({
    run: () => vault.remove(secret.name, days),
    touches: [["secret", secret.name], ["secrets"]],
    said: `Secret ${secret.name} will be deleted in ${days} days. Until then it can be restored.`,
    done: onClose,
  });
  return (
    <TypedDialog
      title={`Delete ${secret.name}`}
      accepted={[secret.name]}
      what="the secret’s name"
      doLabel="Plan the deletion"
      busy={remove.busy}
      problem={remove.problem}
      onDo={() => remove.go()}
      onClose={onClose}
    >
      <div>
        <p style={{ margin: "0 0 8px" }}>
          At once this stops working, and after the waiting period its versions are gone for good:
        </p>
        <ul className={classes.list}>
          {(secret.sources ?? []).map((source) => (
            <li key={source.id}>
              the source <strong>{source.title || source.id}</strong>, which logs in with it, and the
              dashboards over it
            </li>
          ))}
          {readers.map((one) => (
            <li key={one.by}>
              <strong>{one.by}</strong>, who read it {formatAgo(one.at, Date.now())}
            </li>
          ))}
          {secret.rotation?.on && <li>its rotation</li>}
          <li>every program that reads {secret.name}</li>
        </ul>
      </div>
      <NumberInput
        label="Days to wait"
        description="7 to 30; until they are over, the secret can be restored."
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

/** The newest reading by each of the last who read it. */
function lastReaders(reads: SecretReading[]): SecretReading[] {
  const seen = new Map<string, SecretReading>();
  for (const one of reads) if (one.result === "ok" && !seen.has(one.by)) seen.set(one.by, one);
  return [...seen.values()].slice(0, 5);
}
