import { useMediaQuery } from "@mantine/hooks";
import {
  type CellKeyDownEvent,
  CellStyleModule,
  ClientSideRowModelApiModule,
  ClientSideRowModelModule,
  ColumnApiModule,
  EventApiModule,
  type GridApi,
  type GridReadyEvent,
  ModuleRegistry,
  PinnedRowModule,
  RowApiModule,
  type RowClassRules,
  RowSelectionModule,
  RowStyleModule,
  ScrollApiModule,
} from "ag-grid-community";
import { AgGridReact } from "ag-grid-react";
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Column, Value, Visual, VisualData } from "../api/types";
import { styleNonce } from "../nonce";
import { usePreferences } from "../preferences";
import { tableRowHeights } from "../theme";
import { restoreAnchor, takeAnchor } from "./anchor";
import { CellTip } from "./CellTip";
import { actionsColumn, columnDefs, isActionsColumn } from "./columns";
import { rowsToTsv } from "./copy";
import classes from "./grid.module.css";
import { gridTheme } from "./gridTheme";
import type { ColumnCommands } from "./HeaderCell";
import type { RowCommands } from "./RowActions";
import type { TableRow } from "./rows";

ModuleRegistry.registerModules([
  ClientSideRowModelApiModule,
  ClientSideRowModelModule,
  CellStyleModule,
  ColumnApiModule,
  EventApiModule,
  PinnedRowModule,
  RowApiModule,
  RowSelectionModule,
  RowStyleModule,
  ScrollApiModule,
]);

export interface GridHandle {
  copy(): Promise<number>;
}

interface Props {
  visual: Visual;
  columns: Column[];
  rows: TableRow[];
  totals: VisualData["totals"];
  fresh: Set<string>;
  hidden: string[];
  columnCommands: ColumnCommands;
  rowCommands: RowCommands;
  height: number | undefined;
  /** changes when other rows are asked for: then the grid starts at its top */
  resetKey: string;
  onNearEnd: () => void;
  handle: React.RefObject<GridHandle | null>;
  titleId: string;
}

/** Rows before the end at which the next page is asked for. */
const ahead = 60;
const headerHeight = 34;
/** what a card has around its rows: head and foot */
const around = 80;
/** room for a horizontal scroll bar */
const scrollBar = 18;

// Objects that the grid compares by identity: made once, or it would build its columns anew at each render.
const columnDefaults = { resizable: true, suppressMovable: true, sortable: false, minWidth: 56 };
const selection = {
  mode: "multiRow",
  checkboxes: false,
  headerCheckbox: false,
  enableClickSelection: false,
} as const;
const rowId = ({ data }: { data: TableRow }) => data.id;

export default function Grid(props: Props) {
  const { visual, columns, rows, totals, fresh, resetKey, onNearEnd, handle, titleId } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [api, setApi] = useState<GridApi<TableRow>>();
  const coarse = useMediaQuery("(pointer: coarse)", undefined, { getInitialValueInEffect: false }) === true;
  const { density } = usePreferences();
  const rowHeight = coarse ? 44 : tableRowHeights[density];
  const defs = useColumnDefs(props);
  const rules = useRowRules(visual, columns, fresh);

  useRowData(api, rows, resetKey, frame);
  useNearEnd(api, rows.length, onNearEnd);
  useEffect(() => {
    api?.setGridOption("rowHeight", rowHeight);
    api?.resetRowHeights();
  }, [api, rowHeight]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the marks are looked up by the rows' class rules
  useEffect(() => markRows(api), [api, fresh]);
  useEffect(() => {
    api?.setGridOption("pinnedBottomRowData", totalsRow(columns, totals));
  }, [api, columns, totals]);
  useEffect(() => {
    if (api) frame.current?.querySelector("[role=grid]")?.setAttribute("aria-labelledby", titleId);
  }, [api, titleId]);
  useImperativeHandle(handle, () => ({ copy: () => copyRows(api, columns) }), [api, columns]);
  const onKey = useCallback((event: CellKeyDownEvent<TableRow>) => handleKey(event, columns), [columns]);

  const lines = Math.max(rows.length, 1) + (totals && hasSums(columns, totals) ? 1 : 0);
  const natural = headerHeight + lines * rowHeight + scrollBar;
  const most = props.height
    ? `${Math.max(props.height - around, 160)}px`
    : "max(320px, min(100dvh - 330px, 800px))";
  return (
    <div
      ref={frame}
      className={classes.frame}
      style={{ height: `min(${natural}px, ${most})` }}
      role="presentation"
    >
      <AgGridReact<TableRow>
        theme={gridTheme}
        styleNonce={styleNonce}
        columnDefs={defs}
        defaultColDef={columnDefaults}
        getRowId={rowId}
        rowHeight={rowHeight}
        headerHeight={headerHeight}
        rowBuffer={12}
        animateRows={false}
        suppressColumnVirtualisation={columns.length < 16}
        suppressDragLeaveHidesColumns
        rowSelection={selection}
        rowClassRules={rules}
        suppressNoRowsOverlay
        onGridReady={(event: GridReadyEvent<TableRow>) => setApi(event.api)}
        onCellKeyDown={(event) => onKey(event as CellKeyDownEvent<TableRow>)}
      />
      <CellTip grid={frame} />
    </div>
  );
}

/** The grid keeps its columns while rows come and go; what a press does is looked up when it happens. */
function useColumnDefs({ visual, columns, rows, totals, hidden, ...props }: Props) {
  const narrow = useMediaQuery("(max-width: 760px)", undefined, { getInitialValueInEffect: false }) === true;
  const commands = useLatest(props.columnCommands);
  const rowCommands = useLatest(props.rowCommands);
  const { sort, pinned } = props.columnCommands;
  const sample = useRef<Value[][]>([]);
  const sums = useRef<Record<string, Value>>({});
  // Widths are worked out from the first rows that came, and stay: columns must not jump when rows change.
  if (sample.current.length === 0) {
    sample.current = rows.slice(0, 60).map((row) => row.values);
    sums.current = totals?.sums ?? {};
  }
  return useMemo(() => {
    const measured = { sample: sample.current, sums: sums.current };
    const own = columnDefs({ visual, columns, hidden, sort, pinned, narrow, commands, ...measured });
    return [...own, ...actionsColumn({ visual, narrow, commands: rowCommands })];
  }, [visual, columns, hidden, sort, pinned, narrow, commands, rowCommands]);
}

function useRowRules(visual: Visual, columns: Column[], fresh: Set<string>) {
  const freshNow = useLatest(fresh);
  return useMemo<RowClassRules<TableRow>>(() => {
    const mark = columns.findIndex((column) => column.name === visual.highlight);
    return {
      [classes.rowNewest ?? ""]: ({ data }) => mark >= 0 && data?.values[mark] === true,
      [classes.rowFresh ?? ""]: ({ data }) => data !== undefined && freshNow().has(data.id),
    };
  }, [visual.highlight, columns, freshNow]);
}

/** A function that always gives the latest value, and itself never changes. */
function useLatest<T>(value: T): () => T {
  const latest = useRef(value);
  latest.current = value;
  return useCallback(() => latest.current, []);
}

function useRowData(
  api: GridApi<TableRow> | undefined,
  rows: TableRow[],
  resetKey: string,
  frame: React.RefObject<HTMLElement | null>,
) {
  const shown = useRef("");
  useLayoutEffect(() => {
    if (!api) return;
    const anew = shown.current !== resetKey;
    shown.current = resetKey;
    const anchor = anew ? undefined : takeAnchor(api);
    api.setGridOption("rowData", rows);
    if (anew && rows.length > 0) api.ensureIndexVisible(0, "top");
    else restoreAnchor(api, anchor, frame.current);
  }, [api, rows, resetKey, frame]);
}

function useNearEnd(api: GridApi<TableRow> | undefined, count: number, onNearEnd: () => void) {
  useEffect(() => {
    if (!api) return;
    const look = () => {
      if (!api.isDestroyed() && api.getLastDisplayedRowIndex() >= count - 1 - ahead) onNearEnd();
    };
    look();
    api.addEventListener("viewportChanged", look);
    return () => {
      if (!api.isDestroyed()) api.removeEventListener("viewportChanged", look);
    };
  }, [api, count, onNearEnd]);
}

/** Row classes are worked out when a row changes: this tells the grid to look again, without redrawing what has focus. */
function markRows(api: GridApi<TableRow> | undefined) {
  if (!api || api.isDestroyed()) return;
  for (const node of api.getRenderedNodes()) {
    if (node.data) node.setData({ ...node.data });
  }
}

function hasSums(columns: Column[], totals: NonNullable<VisualData["totals"]>): boolean {
  return columns.some((column) => totals.sums[column.name] !== undefined);
}

function totalsRow(columns: Column[], totals: VisualData["totals"]): TableRow[] {
  if (!totals || !hasSums(columns, totals)) return [];
  const values = columns.map((column) => totals.sums[column.name] ?? null);
  return [{ id: "totals", values, key: "", offers: [], page: 0 }];
}

function handleKey(event: CellKeyDownEvent<TableRow>, columns: Column[]) {
  const key = event.event as KeyboardEvent;
  const { api, node, column } = event;
  if (key.key === "Enter" && isActionsColumn(column.getColId())) {
    const buttons = (key.target as HTMLElement).querySelectorAll("button");
    if (buttons.length === 1) buttons[0]?.click();
    else buttons[0]?.focus();
    key.preventDefault();
  } else if (key.key === " " && !node.rowPinned) {
    node.setSelected(!node.isSelected());
    key.preventDefault();
  } else if (key.key.toLowerCase() === "c" && (key.ctrlKey || key.metaKey)) {
    key.preventDefault();
    if (api.getSelectedNodes().length > 0) copyRows(api, columns);
    else navigator.clipboard.writeText((key.target as HTMLElement).textContent ?? "");
  }
}

/** The marked rows, or all that are loaded, as tab-separated text; gives back how many. */
async function copyRows(api: GridApi<TableRow> | undefined, columns: Column[]): Promise<number> {
  if (!api) return 0;
  const rows: TableRow[] = [];
  const marked = api.getSelectedNodes().length > 0;
  api.forEachNode((node) => {
    if (node.data && (!marked || node.isSelected())) rows.push(node.data);
  });
  const shown = api.getAllDisplayedColumns().map((column) => column.getColId());
  await navigator.clipboard.writeText(rowsToTsv(rows, columns, shown));
  return rows.length;
}
