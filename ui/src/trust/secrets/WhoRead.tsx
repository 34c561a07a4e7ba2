import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Secret, SecretReading } from "../../api/types";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { When } from "../When";
import { resultWords } from "../words";
import { readsQuery } from "./api";
import { shortVersion } from "./words";

const columns: Column<SecretReading>[] = [
  {
    id: "at",
    header: "When",
    cell: (read) => (
      <Link to="/audit" search={{ event: [String(read.event)] } as never} className={classes.rowLink}>
        <When at={read.at} />
      </Link>
    ),
  },
  {
    id: "by",
    header: "Who",
    cell: (read) => (
      <>
        {whoWords(read.by)}
        {read.from && <span className={classes.cellNote}>from {read.from}</span>}
      </>
    ),
  },
  {
    id: "version",
    header: "Version",
    wide: true,
    cell: (read) =>
      read.version ? (
        <span className="mono" title={read.version}>
          {shortVersion(read.version)}
        </span>
      ) : (
        <span className={classes.quiet}>–</span>
      ),
  },
  { id: "result", header: "Result", cell: (read) => <Result value={read} /> },
];

function whoWords(by: string): string {
  return by.startsWith("system:") ? `Signet (${by.slice(7)})` : by;
}

function Result({ value }: { value: SecretReading }) {
  const { text, tone } = resultWords(value);
  const Icon = tone === "good" ? IconCircleCheck : IconCircleX;
  return (
    <span className={`${classes.mark} ${classes.wraps}`}>
      <Icon size={15} aria-hidden className={classes[tone]} />
      {tone === "good" ? "read" : text}
    </span>
  );
}

/** Who last asked for the value, as the audit log has it. */
export function WhoRead({ value: secret }: { value: Secret }) {
  const query = useQuery(readsQuery(secret.name));
  const some = (query.data?.items.length ?? 0) > 0;
  return (
    <Card
      title="Who read it"
      flush={some}
      actions={
        <Link to="/audit" search={{ resource: [secret.arn] } as never}>
          All events in Audit
        </Link>
      }
    >
      <Loaded query={query}>
        {({ items, more }) =>
          items.length === 0 ? (
            <p className={classes.note}>Nobody has asked for its value.</p>
          ) : (
            <>
              <Table
                label="Who read it"
                columns={columns}
                rows={items}
                rowId={(read) => String(read.event)}
              />
              {more && (
                <p className={`${classes.note} ${classes.cardBody}`}>
                  The last {items.length} are shown; Audit has the others.
                </p>
              )}
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
