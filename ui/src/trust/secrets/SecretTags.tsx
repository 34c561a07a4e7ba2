import { Button, TextInput } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import type { Secret, Tag } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { Card } from "../Card";
import { Dialog } from "../Dialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { vault } from "./api";
import { mayDo } from "./SecretPage";
import own from "./secrets.module.css";
import { tagFaults } from "./value";

const most = 50;

export function SecretTags({ value: secret }: { value: Secret }) {
  const [editing, setEditing] = useState(false);
  const mayEdit = mayDo(secret, "TagResource") && mayDo(secret, "UntagResource");
  return (
    <Card
      title="Tags"
      actions={
        mayEdit && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPencil size={14} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            Edit…
          </Button>
        )
      }
    >
      {secret.tags.length === 0 ? (
        <p className={classes.note}>None. Policies can decide by tags, and the search finds them.</p>
      ) : (
        <dl className={classes.facts}>
          {secret.tags.map((tag) => (
            <div key={tag.key} style={{ display: "contents" }}>
              <dt style={{ overflowWrap: "anywhere" }}>{tag.key}</dt>
              <dd>{tag.value || "–"}</dd>
            </div>
          ))}
        </dl>
      )}
      {editing && <Edit value={secret} onClose={() => setEditing(false)} />}
    </Card>
  );
}

function Edit({ value: secret, onClose }: { value: Secret; onClose: () => void }) {
  const [tags, setTags] = useState<Tag[]>(secret.tags.length > 0 ? secret.tags : [{ key: "", value: "" }]);
  const [tried, setTried] = useState(false);
  const save = useChange({
    run: () =>
      vault.tag(
        secret.name,
        tags.filter((tag) => tag.key !== ""),
      ),
    touches: [["secret", secret.name], ["secrets"]],
    said: "The tags are saved.",
    done: onClose,
  });
  const faults = tagFaults(tags);
  const set = (index: number, change: Partial<Tag>) =>
    setTags((all) => all.map((tag, at) => (at === index ? { ...tag, ...change } : tag)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (faults.every((fault) => !fault) && !save.busy) save.go();
  };
  return (
    <Dialog onClose={onClose} title={`Tags of ${secret.name}`} size="lg" closeOnClickOutside={false}>
      <form className={classes.form} onSubmit={submit} noValidate>
        <p className={classes.note}>They are not secret: whoever may list secrets sees them.</p>
        {tags.map((tag, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a tag has nothing of its own but its place while it is typed
          <div key={index} className={own.tagLine}>
            <TextInput
              aria-label={`Key ${index + 1}`}
              placeholder="key"
              autoComplete="off"
              spellCheck={false}
              maxLength={128}
              data-autofocus={index === 0 || undefined}
              value={tag.key}
              error={tried ? faults[index] : undefined}
              onChange={(event) => set(index, { key: event.currentTarget.value })}
            />
            <TextInput
              aria-label={`Value ${index + 1}`}
              placeholder="value"
              autoComplete="off"
              spellCheck={false}
              maxLength={256}
              value={tag.value}
              onChange={(event) => set(index, { value: event.currentTarget.value })}
            />
            <Button
              variant="subtle"
              color="gray"
              px={8}
              aria-label={`Remove tag ${index + 1}`}
              onClick={() => setTags((all) => all.filter((_, at) => at !== index))}
            >
              <IconTrash size={16} aria-hidden />
            </Button>
          </div>
        ))}
        <div>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            disabled={tags.length >= most}
            onClick={() => setTags((all) => [...all, { key: "", value: "" }])}
          >
            Add a tag
          </Button>
        </div>
        {save.problem && <ProblemPanel doing="managing" problem={save.problem} />}
        <div className={classes.buttons}>
          <Button type="submit" loading={save.busy}>
            Save tags
          </Button>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
