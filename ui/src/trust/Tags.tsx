import { Button } from "@mantine/core";
import { useState } from "react";
import type { Tag } from "../api/types";
import { Card } from "./Card";
import { FormDialog } from "./FormDialog";
import { Pairs } from "./Pairs";
import { filled, pairsFault } from "./pairs";
import classes from "./trust.module.css";
import { useChange } from "./useChange";

const most = 50;

interface Props {
  name: string;
  tags: Tag[];
  mayEdit: boolean;
  save: (tags: Tag[]) => Promise<unknown>;
  touches: unknown[][];
}

/** The labels of a thing; policies can ask for them. */
export function Tags({ name, tags, mayEdit, save, touches }: Props) {
  const [editing, setEditing] = useState(false);
  return (
    <Card
      title="Tags"
      actions={
        mayEdit && (
          <Button size="xs" variant="default" aria-label="Edit tags" onClick={() => setEditing(true)}>
            Edit…
          </Button>
        )
      }
    >
      {tags.length === 0 ? (
        <p className={classes.note}>None. Policies can ask for a tag.</p>
      ) : (
        <dl className={classes.facts}>
          {tags.map((tag) => (
            <div key={tag.key} style={{ display: "contents" }}>
              <dt className="breakable">{tag.key}</dt>
              <dd>{tag.value || "–"}</dd>
            </div>
          ))}
        </dl>
      )}
      {editing && (
        <Editor name={name} tags={tags} save={save} touches={touches} onClose={() => setEditing(false)} />
      )}
    </Card>
  );
}

function Editor({ name, tags, save, touches, onClose }: Omit<Props, "mayEdit"> & { onClose: () => void }) {
  const [draft, setDraft] = useState<Tag[]>(tags.length > 0 ? tags : [{ key: "", value: "" }]);
  const [tried, setTried] = useState(false);
  const change = useChange({
    run: () => save(filled(draft)),
    touches,
    said: `The tags of ${name} are saved.`,
    done: onClose,
  });
  const fault = pairsFault(draft, most);
  return (
    <FormDialog
      title={`Tags of ${name}`}
      doLabel="Save"
      busy={change.busy}
      problem={change.problem}
      onSubmit={() => {
        setTried(true);
        if (!fault) change.go();
      }}
      onClose={onClose}
    >
      <Pairs
        label="Tags"
        nameLabel="Tag"
        description="A policy that asks for a tag may allow more or less at once."
        pairs={draft}
        most={most}
        error={tried ? fault : undefined}
        onChange={setDraft}
      />
    </FormDialog>
  );
}
