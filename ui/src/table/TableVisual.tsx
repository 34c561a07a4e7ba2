import { ActionIcon, Checkbox, Popover, Skeleton, Tooltip, VisuallyHidden } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconColumns, IconCopy } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { asProblem } from "../api/problem";
import type { Column, Offer, Sort, Visual } from "../api/types";
import classes from "../dashboard/dashboard.module.css";
import { filtersText } from "../dashboard/filterText";
import {
  clearFilters,
  list,
  readSort,
  type Search,
  writeHistory,
  writeList,
  writeSort,
} from "../dashboard/urlState";
import type { SetSearch } from "../dashboard/usePageSearch";
import { formatValue } from "../format/format";
import { refreshAll } from "../live/refresh";
import { Delayed, Empty } from "../state/Delayed";
import { ProblemPanel } from "../state/ProblemPanel";
import { StaleNote } from "../visual/StaleNote";
import { CardHead, useAsOf, type VisualProps } from "../visual/VisualCard";
import { ActionDrawer } from "../writeback/ActionDrawer";
import type { GridHandle } from "./Grid";
import grid from "./grid.module.css";
import type { ColumnCommands } from "./HeaderCell";
import type { TableRow } from "./rows";
import { shownColumns } from "./shown";
import { useRows } from "./useRows";

const Grid = lazy(() => import("./Grid"));

export function TableVisual(props: VisualProps) {
  const { dashboard, visual, search, setSearch, onAsOf, titleId } = props;
  const view = useTableView(visual, search, setSearch);
  const client = useQueryClient();
  const table = useRows(dashboard, visual, search, view.asked);
  const [acting, setActing] = useState<{ row: TableRow; offer: Offer }>();
  const handle = useRef<GridHandle>(null);
  useAsOf(table.asOf, onAsOf);

  const { fetchNextPage, hasNextPage, isFetchingNextPage, isError } = table;
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);

  const columns = table.first?.columns ?? visual.columns;
  const filled = table.first !== undefined && table.rows.length > 0;
  return (
    <>
      <CardHead visual={visual} titleId={titleId}>
        <ColumnsMenu
          columns={shownColumns(columns, visual)}
          hidden={view.hidden}
          onShow={(name, show) => view.toggle("hide", name, !show)}
        />
        <CopyRows handle={handle} title={visual.title} />
      </CardHead>
      <div className={classes.cardBody} data-flush aria-busy={table.isFetching}>
        {!filled && <Unfilled {...props} table={table} />}
        {filled && (
          <Suspense fallback={<TableSkeleton />}>
            <Grid
              visual={visual}
              columns={columns}
              rows={table.rows}
              totals={table.first?.totals}
              fresh={table.fresh}
              hidden={view.hidden}
              columnCommands={view.commands}
              rowCommands={{
                onAct: (row, offer) => setActing({ row, offer }),
                onHistory: (row) =>
                  setSearch((now) => writeHistory(now, { visual: visual.id, key: row.key })),
              }}
              height={props.height}
              resetKey={table.requestKey}
              onNearEnd={onNearEnd}
              handle={handle}
              titleId={titleId}
            />
          </Suspense>
        )}
        {filled && <Foot table={table} onRestart={() => refreshAll(client)} />}
      </div>
      {table.error && table.first && (
        <StaleNote error={table.error} asOf={table.asOf} onRetry={() => table.refetch()} />
      )}
      <VisuallyHidden role="status">{freshText(table.fresh.size, visual.title)}</VisuallyHidden>
      <ActionDrawer
        visual={visual}
        acting={acting}
        onActing={setActing}
        renew={table.renew}
        onClose={() => setActing(undefined)}
      />
    </>
  );
}

/** How this table is looked at, from the address and back to it. */
function useTableView(visual: Visual, search: Search, setSearch: SetSearch) {
  const { id } = visual;
  const asked = useStable(readSort(search, id));
  const hidden = useStable(list(search, "hide", id));
  const pinned = useStable(list(search, "pin", id));
  const sort = search[`sort.${id}`] === undefined ? (visual.sort ?? none) : asked;
  const toggle = (part: "hide" | "pin", name: string, on: boolean) =>
    setSearch((now) => {
      const others = list(now, part, id).filter((one) => one !== name);
      return writeList(now, part, id, on ? [...others, name] : others);
    });
  const commands: ColumnCommands = {
    sort,
    pinned,
    onSort: (next) => setSearch((now) => writeSort(now, id, next)),
    onPin: (name, pin) => toggle("pin", name, pin),
    onHide: (name) => toggle("hide", name, true),
  };
  return { asked, hidden, toggle, commands };
}

/** The same object as long as its content is the same: the grid builds its columns anew for another one. */
function useStable<T>(value: T): T {
  const text = JSON.stringify(value);
  return useMemo(() => JSON.parse(text) as T, [text]);
}

/** What stands where the rows would: they are coming, could not come, or are none. */
function Unfilled({ table, ...props }: VisualProps & { table: ReturnType<typeof useRows> }) {
  if (table.isPending) {
    return (
      <Delayed>
        <TableSkeleton />
      </Delayed>
    );
  }
  if (table.first) return <EmptyTable {...props} />;
  return (
    <div style={{ padding: "0 14px 14px" }}>
      <ProblemPanel
        doing="reading"
        problem={asProblem(table.error)}
        stepLabel="Try again"
        onStep={() => table.refetch()}
        busy={table.isFetching}
      />
    </div>
  );
}

const none: Sort[] = [];

function freshText(count: number, title: string): string {
  if (count === 0) return "";
  return count === 1 ? `One new row in ${title}` : `${count} new rows in ${title}`;
}

function TableSkeleton() {
  return (
    <div role="status" aria-label="Loading rows" style={{ display: "grid", gap: 14, padding: "12px 14px" }}>
      {Array.from({ length: 8 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same and never move
        <Skeleton key={index} height={16} />
      ))}
    </div>
  );
}

function EmptyTable({ dashboard, visual, search, setSearch }: VisualProps) {
  const words = filtersText(search, dashboard.filters);
  if (words === "")
    return <Empty title={`${visual.title} is empty`}>There are no rows yet that you may see.</Empty>;
  return (
    <Empty
      title="No row matches the filters"
      step={
        <button type="button" className={grid.footLink} onClick={() => setSearch(clearFilters)}>
          Clear filters
        </button>
      }
    >
      {words}.
    </Empty>
  );
}

function Foot({ table, onRestart }: { table: ReturnType<typeof useRows>; onRestart: () => void }) {
  const count = (value: number) => formatValue(value, { type: "integer" });
  const loaded = table.rows.length;
  const all = table.first?.totals?.count;
  const whole = !table.hasNextPage;
  return (
    <div className={grid.foot}>
      <span>{countText(loaded, all, whole, count)}</span>
      <span role="status">
        {table.isFetchingNextPage && "Loading more rows"}
        {table.isStale && !table.isFetching && !table.isError && (
          <>
            Rows changed since these were fetched.{" "}
            <button type="button" className={grid.footLink} onClick={onRestart}>
              Fetch again from the start
            </button>
          </>
        )}
      </span>
    </div>
  );
}

function countText(
  loaded: number,
  all: number | undefined,
  whole: boolean,
  count: (value: number) => string,
): string {
  if (whole) return loaded === 1 ? "1 row" : `${count(loaded)} rows`;
  if (all === undefined) return `${count(loaded)} rows loaded; scroll for more`;
  return `${count(all)} rows, ${count(loaded)} loaded; scroll for more`;
}

interface ColumnsProps {
  columns: Column[];
  hidden: string[];
  onShow: (name: string, show: boolean) => void;
}

function ColumnsMenu({ columns, hidden, onShow }: ColumnsProps) {
  return (
    <Popover position="bottom-end" trapFocus returnFocus withRoles>
      <Popover.Target>
        <Tooltip label={hidden.length > 0 ? `Columns (${hidden.length} hidden)` : "Columns"}>
          <ActionIcon variant="subtle" color={hidden.length > 0 ? undefined : "gray"} aria-label="Columns">
            <IconColumns size={17} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns">
        <div style={{ display: "grid", gap: 10, maxHeight: 320, overflowY: "auto", padding: 2 }}>
          {columns.map((column) => (
            <Checkbox
              key={column.name}
              size="xs"
              label={column.label}
              checked={!hidden.includes(column.name)}
              onChange={(event) => onShow(column.name, event.currentTarget.checked)}
            />
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function CopyRows({ handle, title }: { handle: React.RefObject<GridHandle | null>; title: string }) {
  const copy = async () => {
    try {
      const count = (await handle.current?.copy()) ?? 0;
      notifications.show({
        message: `${count === 1 ? "1 row" : `${count} rows`} copied as tab-separated text.`,
      });
    } catch {
      notifications.show({ color: "red", message: "The browser did not allow copying." });
    }
  };
  return (
    <Tooltip label="Copy rows as tab-separated text">
      <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={`Copy rows of ${title}`}>
        <IconCopy size={17} />
      </ActionIcon>
    </Tooltip>
  );
}
