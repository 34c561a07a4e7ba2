import { Button, VisuallyHidden } from "@mantine/core";
import { IconEye, IconEyeOff, IconPencil } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Revealed, Secret } from "../../api/types";
import { CopyIcon, ProblemPanel } from "../../state/ProblemPanel";
import { Card } from "../Card";
import classes from "../trust.module.css";
import { readAnew } from "./api";
import { PutValue } from "./PutValue";
import { mayDo } from "./SecretPage";
import own from "./secrets.module.css";
import { shownFor, useReveal } from "./useReveal";
import { pairsOf } from "./value";
import { shortVersion } from "./words";

/** The current value: not here until somebody asks for it, and not for long. */
export function SecretValue({ value: secret }: { value: Secret }) {
  const client = useQueryClient();
  const { shown, busy, problem, reveal, hide } = useReveal(secret.name);
  const [putting, setPutting] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const was = useRef(false);
  // What hides takes the focus with it: whoever had it there goes on from the button that shows again.
  useEffect(() => {
    if (was.current && !shown && document.activeElement === document.body) button.current?.focus();
    was.current = shown !== undefined;
  }, [shown]);
  const mayRead = mayDo(secret, "GetSecretValue") && secret.state !== "empty";
  const show = async () => {
    await reveal();
    // Who read it and when has one line more.
    readAnew(client, secret.name);
  };
  return (
    <Card
      title="Value"
      actions={
        mayDo(secret, "PutSecretValue") && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPencil size={14} aria-hidden />}
            onClick={() => setPutting(true)}
          >
            Store a new value…
          </Button>
        )
      }
    >
      {shown ? (
        <Shown value={shown.value} until={shown.until} onHide={hide} />
      ) : (
        <div className={own.shownHead}>
          <p className={classes.note}>{hiddenWords(secret, mayRead)}</p>
          {mayRead && (
            <Button
              ref={button}
              leftSection={<IconEye size={16} aria-hidden />}
              loading={busy}
              onClick={show}
            >
              Reveal
            </Button>
          )}
        </div>
      )}
      {problem && <ProblemPanel doing="managing" problem={problem} />}
      {putting && <PutValue value={secret} onClose={() => setPutting(false)} />}
    </Card>
  );
}

function hiddenWords(secret: Secret, mayRead: boolean): string {
  if (secret.state === "empty") return "There is none yet.";
  if (secret.state === "deleting") return "It cannot be read while the secret waits for its deletion.";
  if (!mayRead)
    return "You may not read it: no policy of yours allows secretsmanager:GetSecretValue. An administrator, or whoever may change your policies, can give it.";
  return `It is not on this page. Revealing it is on the audit log with your name; it hides itself after ${shownFor / 1000} seconds, and when you leave this tab.`;
}

interface ShownProps {
  value: Revealed;
  until: number;
  onHide: () => void;
}

/** A value on the screen, with its members apart when it is an object. */
export function Shown({ value, until, onHide }: ShownProps) {
  const button = useRef<HTMLButtonElement>(null);
  // Who pressed Reveal by key goes on from there.
  useEffect(() => button.current?.focus(), []);
  const text = value.text ?? value.binary ?? "";
  const pairs = value.text === undefined ? undefined : pairsOf(value.text);
  return (
    <section className={own.shown} aria-label={`Value of version ${shortVersion(value.version)}`}>
      <div className={own.shownHead}>
        <Countdown until={until} />
        <div className={classes.buttons}>
          <CopyIcon value={text} label="Copy the whole value" />
          <Button
            ref={button}
            size="compact-sm"
            variant="default"
            leftSection={<IconEyeOff size={14} aria-hidden />}
            onClick={onHide}
          >
            Hide
          </Button>
        </div>
      </div>
      {pairs && pairs.length > 0 ? (
        <dl className={own.members}>
          {pairs.map((pair) => (
            <Member key={pair.name} name={pair.name} text={pair.value} />
          ))}
        </dl>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <pre className={own.raw} data-value="value" tabIndex={0}>
          {text}
        </pre>
      )}
      {value.binary !== undefined && <p className={classes.note}>These are bytes, written in base64.</p>}
    </section>
  );
}

function Member({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code data-value={name}>{text}</code>
        <CopyIcon value={text} label={`Copy ${name}`} />
      </dd>
    </div>
  );
}

/** Counts down for the eye; a screen reader hears once that it hides by itself. */
function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  return (
    <span className={classes.note}>
      <VisuallyHidden role="status">
        The value is shown. It hides itself after {shownFor / 1000} seconds.
      </VisuallyHidden>
      <span aria-hidden>Hides in {left} s</span>
    </span>
  );
}
