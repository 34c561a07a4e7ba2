import { VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  type CellKeyDownEvent,
  CellStyleModule,
  ClientSideRowModelApiModule,
  ClientSideRowModelModule,
  type ColDef,
  EventApiModule,
  type GridApi,
  ModuleRegistry,
  RowApiModule,
  ScrollApiModule,
} from "ag-grid-community";
import { AgGridReact, type CustomCellRendererProps } from "ag-grid-react";
import { useEffect, useRef, useState } from "react";
import { exactUtc, formatTimestamp } from "../format/format";
import { styleNonce } from "../nonce";
import { usePreferences } from "../preferences";
import { CellTip, fullText } from "../table/CellTip";
import grid from "../table/grid.module.css";
import { gridTheme } from "../table/gridTheme";
import { tableRowHeights } from "../theme";
import { shortArn } from "../trust/words";
import type { AuditRecord } from "./api";
import classes from "./audit.module.css";
import { EndingMark } from "./EndingMark";
import { deedText, endingOf, sentence, whoText } from "./sentence";

ModuleRegistry.registerModules([
  CellStyleModule,
  ClientSideRowModelApiModule,
  ClientSideRowModelModule,
  EventApiModule,
  RowApiModule,
  ScrollApiModule,
]);

type Cell = CustomCellRendererProps<AuditRecord>;

/** Rows before the end at which the next page is asked for. */
const ahead = 30;
const headerHeight = 34;
/** a sentence on a phone */
const twoLines = 52;
const defaults = { resizable: true, suppressMovable: true, sortable: false, minWidth: 56 };
const rowId = ({ data }: { data: AuditRecord }) => String(data.index);

const wide: ColDef<AuditRecord>[] = [
  {
    colId: "time",
    headerName: "Time",
    width: 170,
    valueGetter: ({ data }) => data?.time,
    cellRenderer: TimeCell,
  },
  { colId: "who", headerName: "Who", width: 150, valueGetter: ({ data }) => data && whoText(data) },
  {
    colId: "what",
    headerName: "What",
    flex: 5,
    minWidth: 220,
    valueGetter: ({ data }) => data && deedText(data),
  },
  {
    colId: "resource",
    headerName: "Resource",
    flex: 3,
    minWidth: 140,
    valueGetter: ({ data }) => data?.resource,
    cellRenderer: ResourceCell,
  },
  {
    colId: "result",
    headerName: "Result",
    width: 170,
    cellClass: classes.middle,
    cellRenderer: ResultCell,
    valueGetter: result,
  },
];

// A phone has room for one sentence; who and on what are in it.
const narrow: ColDef<AuditRecord>[] = [
  {
    colId: "time",
    headerName: "Time",
    width: 112,
    valueGetter: ({ data }) => data?.time,
    cellRenderer: TimeCell,
    cellRendererParams: { short: true },
  },
  {
    colId: "what",
    cellClass: classes.twoLines,
    headerName: "What",
    flex: 1,
    minWidth: 160,
    valueGetter: ({ data }) => data && sentence(data),
  },
  {
    colId: "result",
    headerName: "Result",
    width: 68,
    cellClass: classes.middle,
    cellRenderer: ResultCell,
    cellRendererParams: { short: true },
    valueGetter: result,
  },
];

function result({ data }: { data: AuditRecord | undefined }): string {
  return data ? endingOf(data).word : "";
}

function TimeCell({ value, short }: Cell & { short?: boolean }) {
  return (
    <span {...{ [fullText]: exactUtc(value) }}>
      {short ? formatTimestamp(value).slice(5, 16) : formatTimestamp(value)}
    </span>
  );
}

function ResourceCell({ value }: Cell) {
  if (value === "*") return "–";
  const text = shortArn(value);
  return text === value ? text : <span {...{ [fullText]: value }}>{text}</span>;
}

function ResultCell({ data, short }: Cell & { short?: boolean }) {
  if (!data) return null;
  const ending = endingOf(data);
  if (!short) return <EndingMark ending={ending} />;
  return (
    <span {...{ [fullText]: ending.word }}>
      <EndingMark ending={ending} bare />
    </span>
  );
}

interface Props {
  items: AuditRecord[];
  /** changes when other events are asked for: then the table starts at its top */
  resetKey: string;
  onNearEnd: () => void;
  onOpen: (index: number) => void;
}

/** The events, newest first, only those in sight drawn. */
export function AuditGrid({ items, resetKey, onNearEnd, onOpen }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [api, setApi] = useState<GridApi<AuditRecord>>();
  const isNarrow =
    useMediaQuery("(max-width: 760px)", undefined, { getInitialValueInEffect: false }) === true;
  const coarse = useMediaQuery("(pointer: coarse)", undefined, { getInitialValueInEffect: false }) === true;
  const { density } = usePreferences();
  const rowHeight = isNarrow ? twoLines : coarse ? 44 : tableRowHeights[density];

  useNearEnd(api, items.length, onNearEnd);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other events begin at the top
  useEffect(() => {
    if (api && !api.isDestroyed() && api.getDisplayedRowCount() > 0) api.ensureIndexVisible(0, "top");
  }, [api, resetKey]);
  useEffect(() => {
    api?.setGridOption("rowHeight", rowHeight);
    api?.resetRowHeights();
  }, [api, rowHeight]);
  useEffect(() => {
    if (api) frame.current?.querySelector("[role=grid]")?.setAttribute("aria-label", "Events, newest first");
  }, [api]);

  const onKey = ({ event, data }: CellKeyDownEvent<AuditRecord>) => {
    const key = event as KeyboardEvent;
    if (key.key === "Enter" && data) onOpen(data.index);
    if (key.key.toLowerCase() === "c" && (key.ctrlKey || key.metaKey)) {
      navigator.clipboard.writeText((key.target as HTMLElement).textContent ?? "");
    }
  };
  return (
    <div ref={frame} className={`${grid.frame} ${classes.grid}`} role="presentation">
      <AgGridReact<AuditRecord>
        theme={gridTheme}
        styleNonce={styleNonce}
        rowData={items}
        columnDefs={isNarrow ? narrow : wide}
        defaultColDef={defaults}
        getRowId={rowId}
        rowHeight={rowHeight}
        headerHeight={headerHeight}
        animateRows={false}
        suppressDragLeaveHidesColumns
        suppressNoRowsOverlay
        onGridReady={(event) => setApi(event.api)}
        onRowClicked={({ data }) => data && onOpen(data.index)}
        onCellKeyDown={(event) => onKey(event as CellKeyDownEvent<AuditRecord>)}
      />
      <CellTip grid={frame} />
      <VisuallyHidden>Enter opens an event.</VisuallyHidden>
    </div>
  );
}

function useNearEnd(api: GridApi<AuditRecord> | undefined, count: number, onNearEnd: () => void) {
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
