import { Button } from "@mantine/core";
import {
  IconArrowRight,
  IconCalculator,
  IconDatabase,
  IconHistory,
  IconPencil,
  IconRubberStamp,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { NamedValue, Receipt } from "../api/types";
import { exactUtc, formatAgo, formatTimestamp } from "../format/format";
import { Seal } from "../frame/Mark";
import { PanelFoot, PanelScroll } from "../frame/SidePanel";
import { Diff } from "../history/Diff";
import { CopyIcon } from "../state/ProblemPanel";
import { ValueList } from "../writeback/ValueList";
import classes from "./receipt.module.css";

interface Props {
  receipt: Receipt;
  /** the submit was a repeat; the first write stands */
  replayed?: boolean;
  onDone?: () => void;
}

/** A receipt right after the write: what changed, first. */
export function ReceiptBody({ receipt, replayed = false, onDone }: Props) {
  return (
    <>
      <PanelScroll className={classes.body}>
        <Written receipt={receipt} replayed={replayed} />
        <Facts receipt={receipt} />
        <Parts receipt={receipt} />
      </PanelScroll>
      <PanelFoot>
        <div className={classes.buttons}>
          <Button onClick={onDone} data-autofocus autoFocus>
            Done
          </Button>
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/receipts/$id" params={{ id: receipt.id }} {...props} />}
          >
            Open receipt
          </Button>
        </div>
      </PanelFoot>
    </>
  );
}

export function Written({ receipt, replayed }: { receipt: Receipt; replayed: boolean }) {
  const { record } = receipt;
  return (
    <div className={classes.state} data-tone={replayed ? "attention" : "good"} role="status">
      <IconRubberStamp size={18} aria-hidden />
      <div className={classes.stateText}>
        <strong>
          {replayed
            ? `This was already written at ${formatTimestamp(receipt.at)}`
            : `Written as ${record.status}`}
        </strong>
        <span>
          {replayed
            ? "An offer is written once, however often it is sent. Below is the receipt of that first write."
            : `Record ${record.id} in ${receipt.target.table}.`}
        </span>
      </div>
    </div>
  );
}

/** Who, when, what, where. */
export function Facts({ receipt }: { receipt: Receipt }) {
  const { record } = receipt;
  return (
    <dl className={classes.facts}>
      <dt>Record</dt>
      <dd>
        <span className="mono">{record.id}</span>
      </dd>
      <dt>Status</dt>
      <dd>
        {record.previousStatus && (
          <>
            {record.previousStatus}{" "}
            <IconArrowRight size={13} aria-label="to" style={{ verticalAlign: "-2px" }} />{" "}
          </>
        )}
        <strong>{record.status}</strong>
      </dd>
      <dt>By</dt>
      <dd>{receipt.who.name || receipt.who.id}</dd>
      <dt>When</dt>
      <dd title={exactUtc(receipt.at)}>
        {formatTimestamp(receipt.at)} ({formatAgo(receipt.at, Date.now())})
      </dd>
      <dt>Action</dt>
      <dd>
        {receipt.action.title} <span className="mono">{shorten(receipt.action.version)}</span>
      </dd>
      <dt>Written to</dt>
      <dd>
        {receipt.target.source}, table {receipt.target.table}
      </dd>
      <dt>Receipt</dt>
      <dd>
        <span className="mono">{receipt.id}</span> <CopyIcon value={receipt.id} label="Copy receipt id" />
      </dd>
    </dl>
  );
}

export function shorten(text: string, most = 16): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** Signed, entered, computed, written, in this order: from the offer to the table. */
export function Parts({ receipt, wide = false }: { receipt: Receipt; wide?: boolean }) {
  const parts = [
    <Part
      key="signed"
      title="Signed"
      icon={<Seal />}
      hint="from the row, sealed by the server"
      values={receipt.signed}
    />,
    <Part
      key="inputs"
      title="Entered"
      icon={<IconPencil size={15} aria-hidden />}
      hint={`by ${receipt.who.name || receipt.who.id}`}
      values={receipt.inputs}
    />,
    <Part
      key="computed"
      title="Computed"
      icon={<IconCalculator size={15} aria-hidden />}
      hint="by the server, at that moment"
      values={receipt.computed}
    />,
  ];
  const before = receipt.before ?? [];
  const written =
    before.length > 0 ? (
      <section key="diff" className={classes.section} aria-label="Before and after">
        <h3>
          <IconHistory size={15} aria-hidden /> Before and after
        </h3>
        <Diff before={before} after={receipt.written} />
      </section>
    ) : (
      <Part
        key="written"
        title="Written"
        icon={<IconDatabase size={15} aria-hidden />}
        hint={`to ${receipt.target.table}`}
        values={receipt.written}
      />
    );
  if (!wide) return [...parts, written];
  return (
    <div className={classes.columns}>
      <div className={classes.stack}>{parts}</div>
      <div className={classes.stack}>{written}</div>
    </div>
  );
}

interface PartProps {
  title: string;
  icon: ReactNode;
  hint: string;
  values: NamedValue[];
}

function Part({ title, icon, hint, values }: PartProps) {
  if (values.length === 0) return null;
  return (
    <section className={classes.section} aria-label={title}>
      <h3>
        {icon} {title}
        <span style={{ fontWeight: 400, color: "var(--mantine-color-dimmed)" }}>{hint}</span>
      </h3>
      <ValueList values={values} />
    </section>
  );
}
