import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Kind, trust } from "../api";
import { Card } from "../Card";
import { FormDialog } from "../FormDialog";
import { managedPoliciesQuery } from "../queries";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { lastPart } from "../words";

interface Props {
  kind: Kind;
  name: string;
  boundary: string | undefined;
  maySet: boolean;
  mayRemove: boolean;
  touches: unknown[][];
}

/** The most that a user or role may do, whatever its policies allow. */
export function Boundary({ kind, name, boundary, maySet, mayRemove, touches }: Props) {
  const [open, setOpen] = useState<"set" | "remove">();
  const close = () => setOpen(undefined);
  return (
    <Card
      title="Permissions boundary"
      actions={
        <>
          {maySet && (
            <Button size="xs" variant="default" onClick={() => setOpen("set")}>
              {boundary ? "Change…" : "Set…"}
            </Button>
          )}
          {boundary && mayRemove && (
            <Button size="xs" variant="default" onClick={() => setOpen("remove")}>
              Remove…
            </Button>
          )}
        </>
      }
    >
      {boundary ? (
        <p style={{ margin: 0 }}>
          At most what{" "}
          <Link to="/access/policy" search={{ arn: [boundary] } as never}>
            {lastPart(boundary)}
          </Link>{" "}
          allows, whatever other policies say.
        </p>
      ) : (
        <p className={classes.note}>None: the policies alone decide.</p>
      )}
      {open === "set" && (
        <SetBoundary kind={kind} name={name} boundary={boundary} touches={touches} onClose={close} />
      )}
      {open === "remove" && <RemoveBoundary kind={kind} name={name} touches={touches} onClose={close} />}
    </Card>
  );
}

interface DialogProps {
  kind: Kind;
  name: string;
  touches: unknown[][];
  onClose: () => void;
}

function SetBoundary({
  kind,
  name,
  boundary,
  touches,
  onClose,
}: DialogProps & { boundary: string | undefined }) {
  const { data } = useQuery(managedPoliciesQuery);
  const [arn, setArn] = useState<string | null>(boundary ?? null);
  const [tried, setTried] = useState(false);
  const set = useChange({
    run: (chosen: string) => trust.setBoundary(kind, name, chosen),
    touches,
    said: (_, chosen) => `${name} may do at most what ${lastPart(chosen)} allows, from the next request on.`,
    done: onClose,
  });
  return (
    <FormDialog
      title={`Boundary of ${name}`}
      doLabel="Set the boundary"
      busy={set.busy}
      problem={set.problem}
      onSubmit={() => {
        setTried(true);
        if (arn) set.go(arn);
      }}
      onClose={onClose}
    >
      <p className={classes.note}>
        From the next request on, {name} may do only what both its policies and this one allow.
        {kind === "users" &&
          " What the role admin gives without a policy is not bound: making, changing and disabling users."}
      </p>
      <Select
        label="Policy"
        placeholder="Choose one"
        data={(data?.items ?? []).map((policy) => ({ value: policy.arn, label: policy.name }))}
        searchable
        nothingFoundMessage="No such policy"
        comboboxProps={{ withinPortal: false }}
        maxDropdownHeight={180}
        data-autofocus
        value={arn}
        onChange={setArn}
        error={tried && !arn ? "Choose a policy." : undefined}
      />
    </FormDialog>
  );
}

function RemoveBoundary({ kind, name, touches, onClose }: DialogProps) {
  const remove = useChange({
    run: () => trust.setBoundary(kind, name, ""),
    touches,
    said: `${name} has no boundary any more.`,
    done: onClose,
  });
  return (
    <FormDialog
      title={`Remove the boundary of ${name}`}
      doLabel="Remove the boundary"
      leaveLabel="Leave it as it is"
      busy={remove.busy}
      problem={remove.problem}
      onSubmit={() => remove.go()}
      onClose={onClose}
    >
      <p style={{ margin: 0 }}>
        From the next request on, {name} may do all that its policies allow, also what the boundary kept from
        it.
      </p>
    </FormDialog>
  );
}
