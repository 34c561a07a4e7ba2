import { Button, Textarea } from "@mantine/core";
import { type ReactNode, useRef, useState } from "react";
import type { Problem } from "../api/problem";
import { ProblemPanel } from "../state/ProblemPanel";
import { jsonMistake, lineOf, type Mistake } from "./policyText";
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
  const area = useRef<HTMLTextAreaElement>(null);
  const text = draft ?? saved;
  const dirty = draft !== undefined && draft !== saved;
  const put = useChange({
    run: () => save(text),
    touches,
    said: "The policy is saved, and holds from the next request on.",
    done: () => setDraft(undefined),
  });
  const own = tried ? jsonMistake(text) : undefined;
  const mistakes = own ? [own] : mistakesOf(put.problem, text);
  const submit = () => {
    setTried(true);
    if (!jsonMistake(text) && !put.busy) put.go();
  };
  return (
    <>
      <Textarea
        ref={area}
        className={classes.code}
        aria-label={label}
        autosize
        minRows={8}
        maxRows={22}
        spellCheck={false}
        readOnly={!mayPut}
        value={text}
        error={mistakes.length > 0}
        onChange={(event) => {
          setDraft(event.currentTarget.value);
          if (put.problem) put.reset();
        }}
      />
      {mistakes.length > 0 && (
        <div role="alert">
          <ul className={classes.plain}>
            {mistakes.map((mistake) => (
              <li key={`${mistake.line} ${mistake.message}`}>
                <button
                  type="button"
                  className={classes.mistake}
                  onClick={() => goTo(area.current, mistake.line)}
                >
                  {mistake.line ? `Line ${mistake.line}: ` : ""}
                  {mistake.message}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {put.problem && mistakes.length === 0 && <ProblemPanel doing="managing" problem={put.problem} />}
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

/** The server names fields; here each gets the line on which it stands. */
function mistakesOf(problem: Problem | undefined, text: string): Mistake[] {
  return (problem?.errors ?? []).map((error) => ({
    line: lineOf(text, error.field),
    message: `${error.field}: ${error.message}`,
  }));
}

/** Puts the cursor on a line of the text. */
function goTo(area: HTMLTextAreaElement | null, line: number | undefined) {
  if (!area) return;
  const lines = area.value.split("\n");
  const start = lines.slice(0, (line ?? 1) - 1).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[(line ?? 1) - 1]?.length ?? 0));
}
