import { Textarea } from "@mantine/core";
import { useState } from "react";
import type { Key } from "../../api/types";
import { trust } from "../api";
import { FormDialog } from "../FormDialog";
import { useChange } from "../useChange";
import { keyName } from "../words";

export function KeyDescription({ value: key, onClose }: { value: Key; onClose: () => void }) {
  const [text, setText] = useState(key.description);
  const change = useChange({
    run: () => trust.setKeyDescription(key.id, text),
    touches: [["key", key.id], ["keys"]],
    said: "The description is saved.",
    done: onClose,
  });
  return (
    <FormDialog
      title={`Describe ${keyName(key)}`}
      doLabel="Save"
      busy={change.busy}
      problem={change.problem}
      onSubmit={() => change.go()}
      onClose={onClose}
    >
      <Textarea
        label="Description"
        description="What it protects, for those who come after you."
        autosize
        minRows={2}
        maxRows={8}
        maxLength={8192}
        data-autofocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
