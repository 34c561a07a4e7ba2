import { Button } from "@mantine/core";
import { IconAlertTriangle, IconDownload, IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import { receiptQuery } from "../api/queries";
import type { AuditPlace, ReceiptView } from "../api/types";
import { exactUtc, formatTimestamp, formatValue } from "../format/format";
import { Page } from "../frame/Page";
import { Delayed, Lines } from "../state/Delayed";
import { CopyIcon, ProblemPanel } from "../state/ProblemPanel";
import { Facts, Parts } from "./ReceiptBody";
import classes from "./receipt.module.css";

const crumbs = [{ label: "Dashboards", to: "/dashboards" }];

export function ReceiptPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { data, error, isPending, refetch, isFetching } = useQuery(receiptQuery(id));
  const title = data ? `Receipt: ${data.receipt.action.title}` : "Receipt";
  return (
    <Page title={title} crumbs={crumbs}>
      {isPending && (
        <Delayed>
          <Lines count={10} height={18} />
        </Delayed>
      )}
      {error && !data && (
        <ProblemPanel
          whole
          doing="reading"
          problem={asProblem(error)}
          stepLabel="Try again"
          onStep={() => refetch()}
          busy={isFetching}
        />
      )}
      {data && <ReceiptSheet view={data} />}
    </Page>
  );
}

function ReceiptSheet({ view }: { view: ReceiptView }) {
  const { receipt, audit } = view;
  const file = `receipt-${receipt.id}.json`;
  const command = `signet receipt verify ${file} --key KEY`;
  return (
    <article className={`${classes.page} ${classes.body}`} aria-label="Receipt">
      <Verified verified={view.verified} />
      <div className={classes.columns}>
        <section className={classes.section} aria-label="What happened">
          <h2>What happened</h2>
          <Facts receipt={receipt} />
        </section>
        <section className={classes.section} aria-label="Place in the audit log">
          <h2>Place in the audit log</h2>
          <Audit audit={audit} />
        </section>
      </div>
      <Parts receipt={receipt} wide />
      <section className={classes.section} aria-label="Check it yourself">
        <h2>Check it yourself</h2>
        <p style={{ margin: "0 0 8px" }}>
          The file holds the receipt, its proof and the signed checkpoint. The command needs no network and no
          server, only the log’s public key, which “signet audit verify” prints.
        </p>
        <div className={classes.stack} style={{ gap: 10 }}>
          <div className={classes.command}>
            <code>{command}</code>
            <CopyIcon value={command} label="Copy command" />
          </div>
          <div className={classes.buttons}>
            <Button
              component="a"
              href={api.receiptFile(receipt.id)}
              download={file}
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              Download receipt
            </Button>
          </div>
        </div>
      </section>
    </article>
  );
}

function Verified({ verified }: { verified: boolean }) {
  if (verified) {
    return (
      <div className={classes.state} role="status">
        <IconShieldCheck size={18} aria-hidden />
        <div className={classes.stateText}>
          <strong>Verified</strong>
          <span>The receipt is on the audit log, and the log’s signed checkpoint covers it.</span>
        </div>
      </div>
    );
  }
  return (
    <div className={classes.state} data-tone="failure" role="alert">
      <IconAlertTriangle size={18} aria-hidden />
      <div className={classes.stateText}>
        <strong>Not verified</strong>
        <span>
          The receipt could not be proved against the audit log. Tell an administrator; “signet audit verify”
          names the first bad record.
        </span>
      </div>
    </div>
  );
}

function Audit({ audit }: { audit: AuditPlace }) {
  const whole = (value: number) => formatValue(value, { type: "integer" });
  return (
    <>
      <dl className={classes.facts}>
        <dt>Log</dt>
        <dd className="mono">{audit.log}</dd>
        <dt>Record</dt>
        <dd>
          {whole(audit.index)} of {whole(audit.size)}
        </dd>
        <dt>Root hash</dt>
        <dd>
          <span className="mono" title={audit.root}>
            {audit.root.slice(0, 12)}…{audit.root.slice(-6)}
          </span>{" "}
          <CopyIcon value={audit.root} label="Copy root hash" />
        </dd>
        <dt>Recorded</dt>
        <dd title={exactUtc(audit.time)}>{formatTimestamp(audit.time)}</dd>
      </dl>
      <details style={{ marginTop: 8 }}>
        <summary style={{ cursor: "pointer" }}>Signed checkpoint</summary>
        <pre className={classes.checkpoint}>{audit.checkpoint}</pre>
      </details>
    </>
  );
}
