import { Button } from "@mantine/core";
import { IconDownload, IconFilter, IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { asProblem } from "../api/problem";
import type { SetSearch } from "../dashboard/usePageSearch";
import { exactUtc, formatAgo, formatTimestamp, formatValue } from "../format/format";
import { PanelScroll, SidePanel } from "../frame/SidePanel";
import receipt from "../receipt/receipt.module.css";
import { Delayed, Lines } from "../state/Delayed";
import { CopyIcon, ProblemPanel } from "../state/ProblemPanel";
import { type AuditPlace, type AuditRecord, type AuditSheet, auditEventQuery, auditLog } from "./api";
import classes from "./audit.module.css";
import { EndingMark } from "./EndingMark";
import { type AuditFilters, clearFilters, writeFilters } from "./filters";
import { endingOf, fullSentence, whoText } from "./sentence";

interface Props {
  index: string | undefined;
  onOpen: (index: number) => void;
  onClose: () => void;
  setSearch: SetSearch;
}

/** One event. Which one is in the address, so that it can be sent to someone. */
export function EventDrawer({ index, onOpen, onClose, setSearch }: Props) {
  const [shown, setShown] = useState(index);
  useEffect(() => {
    if (index !== undefined) setShown(index);
  }, [index]);
  const current = index ?? shown;
  const only = (filters: Partial<AuditFilters>) =>
    setSearch(({ event: _, ...rest }) => writeFilters(clearFilters(rest), filters));
  return (
    <SidePanel opened={index !== undefined} onClose={onClose} title="Event" width={640}>
      <PanelScroll className={receipt.body}>
        {current !== undefined && <Sheet key={current} index={current} onOpen={onOpen} only={only} />}
      </PanelScroll>
    </SidePanel>
  );
}

interface SheetProps {
  index: string;
  onOpen: (index: number) => void;
  only: (filters: Partial<AuditFilters>) => void;
}

function Sheet({ index, onOpen, only }: SheetProps) {
  const { data, error, isPending, refetch, isFetching } = useQuery(auditEventQuery(index));
  if (isPending) {
    return (
      <Delayed>
        <Lines count={12} height={18} />
      </Delayed>
    );
  }
  if (!data) {
    return (
      <ProblemPanel
        doing="reading"
        problem={asProblem(error)}
        stepLabel="Try again"
        onStep={() => refetch()}
        busy={isFetching}
      />
    );
  }
  const event = told(data);
  return (
    <>
      <div className={classes.sentence} data-tone={endingOf(event).tone}>
        <EndingMark ending={endingOf(event)} />
        <p>{fullSentence(event)}</p>
      </div>
      <Facts event={event} sheet={data} onOpen={onOpen} only={only} />
      <Json sheet={data} />
      <Proof place={data.place} />
    </>
  );
}

/** An outcome leaves out what its attempt has said. */
function told({ event, attempt }: AuditSheet): AuditRecord {
  return attempt ? { ...event, detail: { ...attempt.detail, ...event.detail } } : event;
}

interface FactsProps extends Omit<SheetProps, "index"> {
  event: AuditRecord;
  sheet: AuditSheet;
}

function Facts({ event, sheet, onOpen, only }: FactsProps) {
  const trail = sheet.event.trail ?? sheet.attempt?.trail;
  const asked = (sheet.attempt ?? sheet.event).trail;
  const error = sheet.event.trail?.errorMessage;
  return (
    <section className={receipt.section} aria-label="Details">
      <dl className={receipt.facts}>
        <Fact name="When" title={exactUtc(event.time)}>
          {formatTimestamp(event.time)} ({formatAgo(event.time, Date.now())})
        </Fact>
        <Fact name="Who" only={event.who.name ? () => only({ who: event.who.name }) : undefined}>
          {whoText(event)} {event.who.id && <span className="mono">{event.who.id}</span>}
        </Fact>
        <Fact name="Action" only={() => only({ action: event.action })}>
          <span className="mono">{event.action}</span>
        </Fact>
        <Fact
          name="Resource"
          only={event.resource === "*" ? undefined : () => only({ resource: event.resource })}
        >
          <span className="mono">{event.resource}</span>
        </Fact>
        {error && <Fact name="Error">{error}</Fact>}
        <Steps sheet={sheet} onOpen={onOpen} />
        {Object.entries(event.detail).map(([name, value]) => (
          <Fact key={name} name={titled(name)}>
            {name === "receipt" ? (
              <Link to="/receipts/$id" params={{ id: value }}>
                {value}
              </Link>
            ) : (
              <span className="mono">{value}</span>
            )}
          </Fact>
        ))}
        {event.sourceIp && <Fact name="From">{event.sourceIp}</Fact>}
        {event.userAgent && <Fact name="With">{event.userAgent}</Fact>}
        {asked?.decidedBy && <Fact name="Decided by">{asked.decidedBy}</Fact>}
        {trail?.accessKeyId && <Fact name="Access key">{trail.accessKeyId}</Fact>}
        {trail?.awsRegion && <Fact name="Region">{trail.awsRegion}</Fact>}
        <Fact name="Event">
          <span className="mono">{event.id}</span> <CopyIcon value={event.id} label="Copy event id" />
        </Fact>
        {event.requestId && (
          <Fact name="Request">
            <span className="mono">{event.requestId}</span>{" "}
            <CopyIcon value={event.requestId} label="Copy request id" />
          </Fact>
        )}
      </dl>
    </section>
  );
}

/** What is done is announced before and ended after: the other record is one press away. */
function Steps({ sheet: { event, attempt, outcome }, onOpen }: Pick<FactsProps, "sheet" | "onOpen">) {
  const other = attempt ?? outcome;
  if (!other) return event.phase === "attempt" ? <Fact name="Ended">no outcome is on record yet</Fact> : null;
  const took = Math.abs(Date.parse(event.time) - Date.parse(other.time));
  return (
    <Fact name={attempt ? "Announced" : "Ended"}>
      <button type="button" className={classes.record} onClick={() => onOpen(other.index)}>
        record {whole(other.index)}
      </button>
      , {whole(took)} ms {attempt ? "before" : "later"}
    </Fact>
  );
}

interface FactProps {
  name: string;
  title?: string;
  only?: (() => void) | undefined;
  children: ReactNode;
}

function Fact({ name, title, only, children }: FactProps) {
  return (
    <>
      <dt>{name}</dt>
      <dd title={title}>
        {children}
        {only && (
          <button
            type="button"
            className={classes.link}
            onClick={only}
            aria-label={`only these events of the same ${name.toLowerCase()}`}
          >
            <IconFilter size={13} aria-hidden /> only these
          </button>
        )}
      </dd>
    </>
  );
}

const titled = (name: string) => `${name.slice(0, 1).toUpperCase()}${name.slice(1).replaceAll("_", " ")}`;
const whole = (value: number) => formatValue(value, { type: "integer" });

function Json({ sheet: { event, attempt, outcome } }: { sheet: AuditSheet }) {
  const text = JSON.stringify(
    { event, ...(attempt ? { attempt } : {}), ...(outcome ? { outcome } : {}) },
    null,
    2,
  );
  return (
    <details className={receipt.section}>
      <summary className={classes.summary}>As JSON</summary>
      <CopyIcon value={text} label="Copy JSON" />
      <pre className={receipt.checkpoint}>{text}</pre>
    </details>
  );
}

function Proof({ place }: { place: AuditPlace }) {
  const file = `audit-record-${place.index}.json`;
  const command = `signet audit verify ${file} --key KEY`;
  return (
    <section className={receipt.section} aria-label="Proof">
      <h3>
        <IconShieldCheck size={15} aria-hidden /> Proof
      </h3>
      <p className={classes.proof}>
        Record {whole(place.index)} of {whole(place.size)} in the signed log.
      </p>
      <dl className={receipt.facts}>
        <Fact name="Log">
          <span className="mono">{place.log}</span>
        </Fact>
        <Fact name="Root hash">
          <span className="mono">{place.root}</span> <CopyIcon value={place.root} label="Copy root hash" />
        </Fact>
      </dl>
      <pre className={receipt.checkpoint}>{place.checkpoint}</pre>
      <p className={classes.proof}>
        The file holds the record, its path to the root, and the checkpoint. The command checks it without a
        server, with the log’s public key, which “signet audit verify” prints; without a file that checks the
        whole log.
      </p>
      <div className={receipt.command}>
        <code>{command}</code>
        <CopyIcon value={command} label="Copy command" />
      </div>
      <div className={`${receipt.buttons} ${classes.after}`}>
        <Button
          component="a"
          href={auditLog.proofFile(place.index)}
          download={file}
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          Download proof
        </Button>
      </div>
    </section>
  );
}
