import { ActionIcon, Skeleton, Tooltip } from "@mantine/core";
import { IconChartBar, IconTable } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { asProblem } from "../api/problem";
import type { Dashboard, VisualData } from "../api/types";
import { ChartTable } from "../chart/ChartTable";
import { type ChartData, summarise, toChart } from "../chart/series";
import classes from "../dashboard/dashboard.module.css";
import { filtersText } from "../dashboard/filterText";
import { list, readChoice, writeChoice, writeList } from "../dashboard/urlState";
import type { SetSearch } from "../dashboard/usePageSearch";
import { Delayed, Empty } from "../state/Delayed";
import { ProblemPanel } from "../state/ProblemPanel";
import { StaleNote } from "./StaleNote";
import { useVisual } from "./useVisual";
import { CardHead, useAsOf, type VisualProps } from "./VisualCard";

const Chart = lazy(() => import("../chart/Chart"));

const usualHeight = 260;
/** what a card has around its chart */
const around = 62;

export function ChartVisual(props: VisualProps) {
  const { dashboard, visual, search, setSearch, onAsOf, titleId } = props;
  const { data, error, isPending, refetch, isFetching } = useVisual(dashboard, visual, search);
  useAsOf(data?.asOf, onAsOf);
  const chart = useMemo(() => (data ? toChart(data) : undefined), [data]);
  const onPick = usePick(dashboard, chart, setSearch);
  const asTable = list(search, "view", visual.id).includes("table");
  const height = props.height ? Math.max(120, props.height - around) : usualHeight;
  const kind = visual.type === "line" ? "line" : "bar";
  const empty = data && (!chart || data.rows.length === 0);
  const toggle = () => setSearch((now) => writeList(now, "view", visual.id, asTable ? [] : ["table"]));
  return (
    <>
      <CardHead visual={visual} titleId={titleId}>
        <Tooltip label={asTable ? "View as chart" : "View as table"}>
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={toggle}
            aria-label={`View ${visual.title} as ${asTable ? "chart" : "table"}`}
          >
            {asTable ? <IconChartBar size={17} /> : <IconTable size={17} />}
          </ActionIcon>
        </Tooltip>
      </CardHead>
      <div className={classes.cardBody} aria-busy={isFetching}>
        {isPending && (
          <Delayed>
            <Skeleton height={height} />
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
        {empty && <EmptyChart data={data} dashboard={dashboard} search={search} />}
        {chart && !empty && asTable && <ChartTable chart={chart} height={height} titleId={titleId} />}
        {chart && !empty && !asTable && (
          <Suspense fallback={<div style={{ height }} />}>
            <Chart
              chart={chart}
              kind={kind}
              height={height}
              summary={summarise(chart, kind)}
              onPick={onPick}
            />
          </Suspense>
        )}
      </div>
      {error && data && <StaleNote error={error} asOf={data.asOf} onRetry={() => refetch()} />}
    </>
  );
}

function EmptyChart({ dashboard, search }: { data: VisualData } & Pick<VisualProps, "dashboard" | "search">) {
  const words = filtersText(search, dashboard.filters);
  return (
    <Empty title="Nothing to draw">
      {words === "" ? "There are no rows yet." : `No row where ${words}.`}
    </Empty>
  );
}

/** Pressing a mark sets the filter on the same field, when the dashboard has one; pressing again clears it. */
function usePick(dashboard: Dashboard, chart: ChartData | undefined, setSearch: SetSearch) {
  const filter = dashboard.filters.find(
    (one) => one.control === "select" && one.field === chart?.dimension.name,
  );
  const pick = useCallback(
    (index: number) => {
      const value = chart?.categories[index];
      if (!filter || value === undefined) return;
      setSearch((now) => {
        const { values } = readChoice(now, filter);
        const only = values.length === 1 && values[0] === value;
        return writeChoice(now, filter, { values: only ? [] : [value] });
      });
    },
    [chart, filter, setSearch],
  );
  return filter ? pick : undefined;
}
