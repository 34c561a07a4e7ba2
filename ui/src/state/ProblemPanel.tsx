import { ActionIcon, Button, CopyButton, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCircleX, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { adviceFor, type Doing } from "../api/advice";
import type { Problem } from "../api/problem";
import classes from "./states.module.css";

interface Props {
  problem: Problem;
  doing?: Doing;
  /** runs the advised step; without it no button is shown */
  onStep?: () => void;
  busy?: boolean;
  /** replaces the advised step's words where the page knows better ones */
  stepLabel?: string;
  whole?: boolean;
  children?: ReactNode;
}

/** What happened, what it means, the one next step, and the request id to quote. */
export function ProblemPanel(props: Props) {
  const { problem, doing = "writing", onStep, busy, whole, children } = props;
  const advice = adviceFor(problem, doing);
  const label = props.stepLabel ?? advice.stepLabel;
  const Icon = advice.tone === "failure" ? IconCircleX : IconAlertTriangle;
  const classNames = [classes.panel, classes[advice.tone], whole ? classes.whole : ""].join(" ");
  return (
    <div role="alert" className={classNames}>
      <div className={classes.head}>
        <Icon size={18} aria-hidden />
        <span>{advice.title}</span>
      </div>
      <div>{advice.text}</div>
      {problem.detail !== "" && problem.detail !== advice.title && (
        <div className={classes.detail}>{problem.detail}</div>
      )}
      {children}
      {onStep && advice.step !== "none" && label !== "" && (
        <div className={classes.steps}>
          <Button variant="default" size="xs" onClick={onStep} loading={busy}>
            {label}
          </Button>
        </div>
      )}
      {problem.requestId !== "" && <RequestId id={problem.requestId} />}
    </div>
  );
}

function RequestId({ id }: { id: string }) {
  return (
    <div className={classes.request}>
      <span>
        Request <span className="mono">{id}</span>
      </span>
      <CopyIcon value={id} label="Copy request id" />
    </div>
  );
}

/** A small copy button that says when it has copied. */
export function CopyIcon({ value, label }: { value: string; label: string }) {
  return (
    <CopyButton value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : label}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
