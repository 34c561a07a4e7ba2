import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ProblemPanel } from "../state/ProblemPanel";
import { besidesPolicy, PolicyField } from "./PolicyField";
import { jsonMistake } from "./policyText";
import classes from "./trust.module.css";
import { useChange } from "./useChange";

interface Props {
  /** what the text is, for those who do not see it: "Policy of the key" */
  label: string;
  saved: string;
  /** what to begin with where nothing is saved */
  first?: string;
  onDiscard?: () => void;
  mayPut: boolean;
  put: (text: string) => Promise<unknown>;
  touches: unknown[][];
  /** further buttons, while nothing is typed */
  tools?: ReactNode;
  /** what stands below, with the text that is typed and not saved */
  children?: (draft: string | undefined) => ReactNode;
}

/** A policy as text. A mistake is shown on its line, and nothing that was typed is lost. */
export function PolicyEditor(props: Props) {
  const { label, saved, first, onDiscard, mayPut, put: save, touches, tools, children } = props;
  const [draft, setDraft] = useState(first);
  const [tried, setTried] = useState(false);
  const text = draft ?? saved;
  const dirty = draft !== undefined && draft !== saved;
  const put = useChange({
    run: () => save(text),
    touches,
    said: "The policy is saved, and holds from the next request on.",
    done: () => setDraft(undefined),
  });
  const besides = besidesPolicy(put.problem);
  const submit = () => {
    setTried(true);
    if (!jsonMistake(text) && !put.busy) put.go();
  };
  return (
    <>
      <PolicyField
        label={label}
        hideLabel
        value={text}
        problem={put.problem}
        tried={tried}
        readOnly={!mayPut}
        onChange={(typed) => {
          setDraft(typed);
          if (put.problem) put.reset();
        }}
      />
      {besides && <ProblemPanel doing="managing" problem={besides} />}
      {dirty && (
        <div className={classes.buttons}>
          <Button size="xs" loading={put.busy} onClick={submit}>
            Save policy
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setDraft(undefined);
              setTried(false);
              put.reset();
              onDiscard?.();
            }}
          >
            Discard
          </Button>
        </div>
      )}
      {!dirty && tools}
      {children?.(dirty ? text : undefined)}
    </>
  );
}
