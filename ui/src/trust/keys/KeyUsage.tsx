import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Key } from "../../api/types";
import { formatTimestamp } from "../../format/format";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { keyUsageQuery } from "../queries";
import { type Column, Table } from "../Table";
import trust from "../trust.module.css";
import { type Day, usageByDay } from "./usage";
import classes from "./usage.module.css";

const columns: Column<Day>[] = [
  { id: "date", header: "Day", cell: (day) => day.date },
  { id: "uses", header: "Uses", number: true, cell: (day) => day.uses.toLocaleString() },
  { id: "other", header: "Denied or failed", number: true, cell: (day) => day.other.toLocaleString() },
];

/** How often the key was used on each of the last days. */
export function KeyUsage({ value: key }: { value: Key }) {
  const query = useQuery(keyUsageQuery(key.id));
  return (
    <Card title="Use over time">
      <Loaded query={query}>
        {(usage) => <Days days={usageByDay(usage, new Date())} since={usage.since} />}
      </Loaded>
    </Card>
  );
}

function Days({ days, since }: { days: Day[]; since: string }) {
  const [table, setTable] = useState(false);
  const uses = days.reduce((sum, day) => sum + day.uses, 0);
  const other = days.reduce((sum, day) => sum + day.other, 0);
  const busy = days.filter((day) => day.uses + day.other > 0);
  if (busy.length === 0) return <p className={trust.note}>Nobody used this key in the last 30 days.</p>;
  const most = Math.max(...days.map((day) => day.uses + day.other));
  const first = days[0];
  const last = days.at(-1);
  return (
    <>
      <p className={trust.note}>
        {uses.toLocaleString()} {uses === 1 ? "use" : "uses"}
        {other > 0 && `, ${other.toLocaleString()} denied or failed`} in{" "}
        {days.length === 30
          ? "30 days"
          : `the time since ${formatTimestamp(since)}; earlier ones were too many to count`}
      </p>
      <div aria-hidden className={classes.bars}>
        {days.map((day) => (
          <span key={day.date} className={classes.day} title={`${day.date}: ${words(day)}`}>
            <span className={classes.other} style={{ height: `${(day.other / most) * 100}%` }} />
            <span className={classes.uses} style={{ height: `${(day.uses / most) * 100}%` }} />
          </span>
        ))}
      </div>
      <div aria-hidden className={classes.axis}>
        <span>{first?.date}</span>
        <span>most in a day: {most.toLocaleString()}</span>
        <span>{last?.date}</span>
      </div>
      <div>
        <Button variant="subtle" size="compact-sm" aria-expanded={table} onClick={() => setTable(!table)}>
          {table ? "Without the table" : "As a table"}
        </Button>
      </div>
      {table && (
        <Table
          label="Use over time"
          columns={columns}
          rows={[...busy].reverse()}
          rowId={(day) => day.date}
          tall
        />
      )}
    </>
  );
}

function words(day: Day): string {
  const uses = `${day.uses.toLocaleString()} ${day.uses === 1 ? "use" : "uses"}`;
  return day.other > 0 ? `${uses}, ${day.other.toLocaleString()} denied or failed` : uses;
}
