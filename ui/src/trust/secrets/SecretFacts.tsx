import { Button, Textarea } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Secret } from "../../api/types";
import { useMe } from "../../session/session";
import { CopyIcon } from "../../state/ProblemPanel";
import { Card } from "../Card";
import { FormDialog } from "../FormDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";
import { vault } from "./api";
import { KeyChoice } from "./KeyChoice";
import { mayDo } from "./SecretPage";
import { ReadDay } from "./SecretsPage";
import { keyPlace } from "./words";

export function SecretFacts({ value: secret }: { value: Secret }) {
  const [editing, setEditing] = useState(false);
  const sources = secret.sources ?? [];
  return (
    <Card
      title="What it is"
      actions={
        mayDo(secret, "UpdateSecret") && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPencil size={14} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            Change…
          </Button>
        )
      }
    >
      <dl className={classes.facts}>
        <dt>Description</dt>
        <dd>{secret.description || "none"}</dd>
        <dt>Key</dt>
        <dd>
          <KeyLink value={secret.key} />
        </dd>
        <dt>Used by</dt>
        <dd>
          {sources.length === 0
            ? "no source of the project"
            : `the ${sources.length === 1 ? "source" : "sources"} ${sources.map((one) => one.title || one.id).join(", ")}`}
        </dd>
        {secret.service && (
          <>
            <dt>Kept by</dt>
            <dd>{secret.service}</dd>
          </>
        )}
        <dt>Created</dt>
        <dd>
          <When at={secret.createdAt} />
        </dd>
        <dt>Last changed</dt>
        <dd>
          <When at={secret.changedAt} />
        </dd>
        <dt>Last read</dt>
        <dd>
          <ReadDay at={secret.readOn} />
        </dd>
        <dt>ARN</dt>
        <dd>
          <span className="mono">{secret.arn}</span> <CopyIcon value={secret.arn} label="Copy ARN" />
        </dd>
      </dl>
      {editing && <Edit value={secret} onClose={() => setEditing(false)} />}
    </Card>
  );
}

/** A link to where the key is, for those who may look at keys. */
function KeyLink({ value }: { value: string }) {
  const { may } = useMe();
  const { label, id, search } = keyPlace(value);
  if (!may.keys) return label;
  if (id)
    return (
      <Link to="/keys/$id" params={{ id }}>
        {label}
      </Link>
    );
  return (
    <Link to="/keys" search={{ q: [search ?? ""] } as never}>
      {label}
    </Link>
  );
}

/** Changes the description and the key. Under another key the values in use are sealed anew. */
function Edit({ value: secret, onClose }: { value: Secret; onClose: () => void }) {
  const [description, setDescription] = useState(secret.description);
  const [key, setKey] = useState(secret.key);
  const update = useChange({
    run: () =>
      vault.update(secret.name, {
        ...(description === secret.description ? {} : { description }),
        ...(key === secret.key ? {} : { key }),
      }),
    touches: [["secret", secret.name], ["secrets"]],
    said: `Secret ${secret.name} is changed.`,
    done: onClose,
  });
  const submit = () => {
    if (description === secret.description && key === secret.key) onClose();
    else update.go();
  };
  return (
    <FormDialog
      title={`Change ${secret.name}`}
      doLabel="Save"
      size="md"
      busy={update.busy}
      problem={update.problem}
      onSubmit={submit}
      onClose={onClose}
    >
      <Textarea
        label="Description"
        description="What it opens, for those who come after you. It is not secret."
        autosize
        minRows={2}
        maxRows={6}
        maxLength={2048}
        data-autofocus
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <KeyChoice value={key} onChange={setKey} />
      {key !== secret.key && (
        <p className={classes.note}>
          The current, the previous and a pending version are sealed anew. Older ones stay under the key that
          they have.
        </p>
      )}
    </FormDialog>
  );
}
