import { Skeleton } from "@mantine/core";
import { asProblem } from "../api/problem";
import type { Column, Value, VisualData } from "../api/types";
import classes from "../dashboard/dashboard.module.css";
import { formatValue } from "../format/format";
import { Delayed } from "../state/Delayed";
import { ProblemPanel } from "../state/ProblemPanel";
import kpi from "./kpi.module.css";
import { StaleNote } from "./StaleNote";
import { useVisual } from "./useVisual";
import { CardHead, useAsOf, type VisualProps } from "./VisualCard";

export function KpiVisual({ dashboard, visual, search, onAsOf, titleId }: VisualProps) {
  const { data, error, isPending, refetch, isFetching } = useVisual(dashboard, visual, search);
  useAsOf(data?.asOf, onAsOf);
  return (
    <>
      <CardHead visual={visual} titleId={titleId} />
      <div className={classes.cardBody} aria-busy={isFetching}>
        {isPending && (
          <Delayed>
            <Skeleton height={32} width="60%" />
          </Delayed>
        )}
        {error && !data && (
          <ProblemPanel
            doing="reading"
            problem={asProblem(error)}
            stepLabel="Try again"
            onStep={() => refetch()}
            busy={isFetching}
          />
        )}
        {data && <Numbers data={data} />}
      </div>
      {error && data && <StaleNote error={error} asOf={data.asOf} onRetry={() => refetch()} />}
    </>
  );
}

function Numbers({ data }: { data: VisualData }) {
  const measure = data.columns.findIndex((column) => column.role === "measure");
  const at = measure < 0 ? data.columns.length - 1 : measure;
  const column = data.columns[at];
  if (!column || data.rows.length === 0) return <div className={kpi.none}>No data</div>;
  if (at === 0) return <Big value={data.rows[0]?.[0]} column={column} />;
  const label = data.columns[0];
  return (
    <dl className={kpi.several}>
      {data.rows.map((row) => (
        <div key={String(row[0])}>
          <dt>{row[0] === null || !label ? "empty" : formatValue(row[0], label)}</dt>
          <dd>{formatValue(row[at], column)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Big({ value, column }: { value: Value | undefined; column: Column }) {
  if (value === null || value === undefined) return <div className={kpi.none}>No data</div>;
  return (
    <div className={kpi.box}>
      <div className={kpi.big} title={column.label}>
        {formatValue(value, column)}
      </div>
    </div>
  );
}
