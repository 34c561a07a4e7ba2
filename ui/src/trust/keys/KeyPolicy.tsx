import { Button, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Problem } from "../../api/problem";
import type { Key } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { jsonMistake, lineOf, type Mistake } from "../policyText";
import { keyPolicyQuery } from "../queries";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { Explain } from "./Explain";

/** Who may do what with the key. */
export function KeyPolicy({ value: key }: { value: Key }) {
  const query = useQuery(keyPolicyQuery(key.id));
  return (
    <Card title="Policy">
      <Loaded query={query} lines={8}>
        {(saved) => <Editor value={key} saved={saved} />}
      </Loaded>
    </Card>
  );
}

function Editor({ value: key, saved }: { value: Key; saved: string }) {
  const [draft, setDraft] = useState<string>();
  const [tried, setTried] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const text = draft ?? saved;
  const dirty = draft !== undefined && draft !== saved;
  const put = useChange({
    run: () => trust.putKeyPolicy(key.id, text),
    touches: [["key", key.id]],
    said: "The policy is saved, and holds from the next request on.",
    done: () => setDraft(undefined),
  });
  const own = tried ? jsonMistake(text) : undefined;
  const mistakes = own ? [own] : mistakesOf(put.problem, text);
  const mayPut = key.may.includes("PutKeyPolicy");
  const save = () => {
    setTried(true);
    if (!jsonMistake(text) && !put.busy) put.go();
  };
  return (
    <>
      <Textarea
        ref={area}
        className={classes.code}
        aria-label="Policy of the key"
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
        <ul className={classes.list} role="alert">
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
      )}
      {put.problem && mistakes.length === 0 && <ProblemPanel doing="managing" problem={put.problem} />}
      {dirty && (
        <div className={classes.buttons}>
          <Button size="xs" loading={put.busy} onClick={save}>
            Save policy
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setDraft(undefined);
              setTried(false);
              put.reset();
            }}
          >
            Discard
          </Button>
        </div>
      )}
      {key.may.includes("ListGrants") && <Explain value={key} draft={dirty ? text : undefined} />}
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
