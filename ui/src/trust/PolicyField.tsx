import { Textarea } from "@mantine/core";
import { type ReactNode, useRef } from "react";
import type { Problem } from "../api/problem";
import { jsonMistake, lineOf, type Mistake } from "./policyText";
import classes from "./trust.module.css";

interface Props {
  label: string;
  description?: ReactNode;
  hideLabel?: boolean;
  value: string;
  /** the server's answer to this very text */
  problem: Problem | undefined;
  /** somebody wanted to save it */
  tried: boolean;
  readOnly?: boolean;
  minRows?: number;
  onChange?: (text: string) => void;
}

/** The text of a policy, with what is wrong in it and where. */
export function PolicyField(props: Props) {
  const { label, description, hideLabel, value, problem, tried, readOnly, minRows = 8, onChange } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const mistakes = mistakesIn(value, problem, tried);
  return (
    <div className={classes.stack} style={{ gap: 6 }}>
      <Textarea
        ref={area}
        className={classes.code}
        {...(hideLabel ? { "aria-label": label } : { label })}
        description={description}
        autosize
        minRows={minRows}
        maxRows={22}
        spellCheck={false}
        readOnly={readOnly ?? false}
        value={value}
        error={mistakes.length > 0}
        onChange={(event) => onChange?.(event.currentTarget.value)}
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
    </div>
  );
}

/** The server names fields; here each gets the line on which it stands. */
function mistakesIn(text: string, problem: Problem | undefined, tried: boolean): Mistake[] {
  const own = tried ? jsonMistake(text) : undefined;
  if (own) return [own];
  return (problem?.errors ?? [])
    .filter((error) => isOfPolicy(error.field))
    .map((error) => ({ line: lineOf(text, error.field), message: `${error.field}: ${error.message}` }));
}

/** Whether a field that the server names stands in a policy: those have capitals, as nothing else has. */
function isOfPolicy(field: string): boolean {
  return /^[A-Z]/.test(field);
}

/** A problem that the field does not show. */
export function besidesPolicy(problem: Problem | undefined): Problem | undefined {
  return problem?.errors.some((error) => isOfPolicy(error.field)) ? undefined : problem;
}

/** Puts the cursor on a line of the text. */
function goTo(area: HTMLTextAreaElement | null, line: number | undefined) {
  if (!area) return;
  const lines = area.value.split("\n");
  const start = lines.slice(0, (line ?? 1) - 1).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[(line ?? 1) - 1]?.length ?? 0));
}
