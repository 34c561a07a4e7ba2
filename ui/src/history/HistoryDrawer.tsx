import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import type { Dashboard, HistoryItem, Visual } from "../api/types";
import { exactUtc, formatAgo, formatTimestamp } from "../format/format";
import { PanelScroll, SidePanel } from "../frame/SidePanel";
import { Delayed, Empty, Lines } from "../state/Delayed";
import { ProblemPanel } from "../state/ProblemPanel";
import { ValueList } from "../writeback/ValueList";
import { Diff } from "./Diff";
import classes from "./history.module.css";

interface Props {
  dashboard: Dashboard;
  open: { visual: string; key: string } | undefined;
  onClose: () => void;
}

/** What happened to one row, newest first. Which row is in the address, so that it can be sent to someone. */
export function HistoryDrawer({ dashboard, open, onClose }: Props) {
  const [shown, setShown] = useState(open);
  const { visual: openVisual, key: openKey } = open ?? {};
  useEffect(() => {
    if (openVisual && openKey !== undefined) setShown({ visual: openVisual, key: openKey });
  }, [openVisual, openKey]);
  const current = open ?? shown;
  const visual = dashboard.rows.flatMap((row) => row.visuals).find((one) => one.id === current?.visual);
  return (
    <SidePanel
      opened={open !== undefined && visual !== undefined}
      onClose={onClose}
      title="History of this row"
      width={560}
    >
      <PanelScroll>
        {current && visual && <TimeLine dashboard={dashboard} visual={visual} rowKey={current.key} />}
      </PanelScroll>
    </SidePanel>
  );
}

interface TimeLineProps {
  dashboard: Dashboard;
  visual: Visual;
  rowKey: string;
}

function TimeLine({ dashboard, visual, rowKey }: TimeLineProps) {
  const history = useInfiniteQuery({
    queryKey: ["history", dashboard.id, visual.id, rowKey],
    meta: { dataset: visual.dataset },
    queryFn: ({ pageParam, signal }) => api.history(dashboard.id, visual.id, rowKey, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
  });
  const items = history.data?.pages.flatMap((page) => page.items) ?? [];
  if (history.isPending) {
    return (
      <Delayed>
        <Lines count={6} />
      </Delayed>
    );
  }
  if (history.error && !history.data) {
    return (
      <ProblemPanel
        doing="reading"
        problem={asProblem(history.error)}
        stepLabel="Try again"
        onStep={() => history.refetch()}
        busy={history.isFetching}
      />
    );
  }
  if (items.length === 0) {
    return (
      <Empty title="Nothing was written through Signet yet">
        What was there before is not part of its history.
      </Empty>
    );
  }
  return (
    <>
      <ol className={classes.line}>
        {items.map((item) => (
          <Item key={item.receiptId ?? `${item.at} ${item.status}`} item={item} />
        ))}
      </ol>
      {history.hasNextPage && (
        <Button
          variant="default"
          size="xs"
          onClick={() => history.fetchNextPage()}
          loading={history.isFetchingNextPage}
        >
          Show older
        </Button>
      )}
    </>
  );
}

function Item({ item }: { item: HistoryItem }) {
  const inputs = item.inputs.filter((input) => input.value !== null);
  return (
    <li className={classes.item}>
      <div className={classes.what}>
        <strong>{item.who.name || item.who.id}</strong>
        <span>{item.action.title}:</span>
        <strong>{item.status}</strong>
      </div>
      <div className={classes.meta}>
        <span title={exactUtc(item.at)}>
          {formatTimestamp(item.at)} ({formatAgo(item.at, Date.now())})
        </span>
        <span className="mono">{item.recordId}</span>
        {item.receiptId && (
          <Link to="/receipts/$id" params={{ id: item.receiptId }}>
            Receipt
          </Link>
        )}
      </div>
      {item.before && item.before.length > 0 ? (
        <Diff before={item.before} after={item.after} />
      ) : (
        <FirstWrite item={item} inputs={inputs} />
      )}
    </li>
  );
}

/** A new record has no before: what was entered is what matters, all values are one press away. */
function FirstWrite({ item, inputs }: { item: HistoryItem; inputs: HistoryItem["inputs"] }) {
  const [all, setAll] = useState(inputs.length === 0);
  return (
    <>
      {(all || inputs.length > 0) && <ValueList values={all ? item.after : inputs} />}
      {inputs.length > 0 && (
        <button
          type="button"
          className={classes.more}
          aria-expanded={all}
          onClick={() => setAll((now) => !now)}
        >
          {all ? "Show only what was entered" : `Show all ${item.after.length} values written`}
        </button>
      )}
    </>
  );
}
