import { VisuallyHidden } from "@mantine/core";
import type { ColDef, ValueGetterParams } from "ag-grid-community";
import type { CustomCellRendererProps } from "ag-grid-react";
import type { Column, Sort, Value, Visual } from "../api/types";
import { exactUtc, formatValue, isNumeric } from "../format/format";
import { fullText } from "./CellTip";
import classes from "./grid.module.css";
import { type ColumnCommands, HeaderCell } from "./HeaderCell";
import { actionsWidth, RowActions, type RowCommands } from "./RowActions";
import type { TableRow } from "./rows";
import { shownColumns } from "./shown";
import { nextSort } from "./sort";
import { textWidth, widthsOf } from "./widths";

const actionsId = "signet actions";
const markId = "signet mark";

export function isActionsColumn(id: string): boolean {
  return id === actionsId;
}

interface Inputs {
  visual: Visual;
  columns: Column[];
  hidden: string[];
  sort: Sort[];
  pinned: string[];
  sample: Value[][];
  sums: Record<string, Value>;
  narrow: boolean;
  commands: () => ColumnCommands;
}

export function columnDefs(inputs: Inputs): ColDef<TableRow>[] {
  const { visual, columns } = inputs;
  const own = shownColumns(columns, visual).map((column) => columnDef(column, inputs));
  const mark = columns.findIndex((column) => column.name === visual.highlight);
  return mark < 0 ? own : [markColumn(inputs, mark), ...own];
}

function columnDef(column: Column, inputs: Inputs): ColDef<TableRow> {
  const { columns, hidden, sort, pinned, sample, sums, commands } = inputs;
  const index = columns.indexOf(column);
  const place = sort.findIndex((one) => one.column === column.name);
  const number = isNumeric(column);
  const first = shownColumns(columns, inputs.visual).find((one) => !hidden.includes(one.name));
  const { width, least } = widthsOf(column, index, sample, sums[column.name]);
  return {
    colId: column.name,
    headerName: column.label,
    hide: hidden.includes(column.name),
    pinned: pinned.includes(column.name) ? "left" : null,
    // The server sorts. The grid is told only to say so to screen readers, and leaves the rows as they came.
    sortable: column.sortable,
    sort: place < 0 ? null : sort[place]?.descending ? "desc" : "asc",
    sortIndex: place < 0 ? null : place,
    comparator: () => 0,
    // Initial: what someone has dragged a column to stays.
    initialWidth: width,
    ...(number ? {} : { initialFlex: width, minWidth: least }),
    type: number ? "rightAligned" : undefined,
    headerComponent: HeaderCell,
    headerComponentParams: { field: column, commands },
    suppressHeaderKeyboardEvent: ({ event }) => headerKey(event, column, commands),
    valueGetter: ({ data }) => data?.values[index],
    valueFormatter: ({ value, node }) => {
      if (node?.rowPinned && value === null) return column === first ? "Total" : "";
      return formatValue(value, column, { symbol: false });
    },
    cellClass: number ? classes.number : undefined,
    cellClassRules: { [classes.nothing ?? ""]: ({ value }) => value === null },
    ...(column.type === "timestamp" ? { cellRenderer: TimeCell } : {}),
  };
}

/** Enter sorts, with Shift it adds to the sort; Alt and down opens the column's menu. */
function headerKey(event: KeyboardEvent, column: Column, commands: () => ColumnCommands): boolean {
  if (event.type !== "keydown") return false;
  if (event.key === "ArrowDown" && event.altKey) {
    (event.target as HTMLElement).querySelector("button")?.click();
    return true;
  }
  if (event.key !== "Enter" || (event.target as HTMLElement).tagName === "BUTTON") return false;
  const { sort, onSort } = commands();
  if (column.sortable) onSort(nextSort(sort, column.name, event.shiftKey));
  return true;
}

function TimeCell({ value, valueFormatted }: CustomCellRendererProps<TableRow>) {
  if (value === null || value === undefined) return valueFormatted ?? "";
  return <span {...{ [fullText]: exactUtc(String(value)) }}>{valueFormatted}</span>;
}

function markColumn({ visual, narrow }: Inputs, index: number): ColDef<TableRow> {
  const whole = visual.highlightLabel || "newest";
  return {
    colId: markId,
    headerName: whole,
    headerComponent: () => <VisuallyHidden>{whole}</VisuallyHidden>,
    // On a phone the words are one touch away: the columns behind need the room.
    minWidth: 36,
    width: narrow ? 36 : Math.ceil(textWidth(whole, 600, 12.5) + 42),
    sortable: false,
    resizable: false,
    valueGetter: ({ data, node }: ValueGetterParams<TableRow>) =>
      !node?.rowPinned && data?.values[index] === true,
    cellRenderer: MarkCell,
    cellRendererParams: { label: whole, short: narrow },
  };
}

function MarkCell({
  value,
  label,
  short,
}: CustomCellRendererProps<TableRow> & { label: string; short: boolean }) {
  if (value !== true) return null;
  return (
    <span className={classes.newest} {...(short ? { [fullText]: label } : {})}>
      <svg width="9" height="9" viewBox="0 0 9 9" aria-hidden="true" focusable="false">
        <path d="M4.5 0L9 4.5 4.5 9 0 4.5z" fill="currentColor" />
      </svg>
      {short ? <VisuallyHidden>{label}</VisuallyHidden> : label}
    </span>
  );
}

interface ActionInputs {
  visual: Visual;
  narrow: boolean;
  commands: () => RowCommands;
}

export function actionsColumn({ visual, narrow, commands }: ActionInputs): ColDef<TableRow>[] {
  const { actions, history } = visual;
  if (actions.length === 0 && !history) return [];
  return [
    {
      colId: actionsId,
      headerName: actions.length > 0 ? "Action" : "History",
      pinned: "right",
      lockPinned: true,
      resizable: false,
      sortable: false,
      width: actionsWidth(actions, history, narrow),
      // Which actions are offered is the value: the cell is drawn again only when that changes.
      valueGetter: ({ data }) => `${data?.offers.map((offer) => offer.action).join()} ${data?.key === ""}`,
      cellRenderer: RowActions,
      cellRendererParams: { actions, history, narrow, commands },
    },
  ];
}
