import type { GridApi } from "ag-grid-community";
import type { TableRow } from "./rows";

/** Where the reader is: the first row in sight, and the cell that has the keys. */
interface Anchor {
  top: { id: string; offset: number } | undefined;
  focus: { id: string; column: string; index: number } | undefined;
}

export function takeAnchor(api: GridApi<TableRow>): Anchor {
  const { top } = api.getVerticalPixelRange();
  const first = top > 0 ? api.getDisplayedRowAtIndex(api.getFirstDisplayedRowIndex()) : undefined;
  const cell = api.getFocusedCell();
  const focused = cell && !cell.rowPinned ? api.getDisplayedRowAtIndex(cell.rowIndex) : undefined;
  return {
    top: first?.id && first.rowTop !== null ? { id: first.id, offset: top - first.rowTop } : undefined,
    focus:
      cell && focused?.id
        ? { id: focused.id, column: cell.column.getColId(), index: cell.rowIndex }
        : undefined,
  };
}

/** After rows came or went, the same rows stay under the eye and the same cell keeps the keys. */
export function restoreAnchor(api: GridApi<TableRow>, anchor: Anchor | undefined, frame: HTMLElement | null) {
  if (!anchor) return;
  const held = frame?.contains(document.activeElement) ?? false;
  if (anchor.focus && held) {
    const index = api.getRowNode(anchor.focus.id)?.rowIndex ?? anchor.focus.index;
    if (index !== anchor.focus.index) api.setFocusedCell(index, anchor.focus.column);
  }
  if (!anchor.top) return;
  const node = api.getRowNode(anchor.top.id);
  const view = frame?.querySelector<HTMLElement>(".ag-grid-viewport");
  if (node?.rowTop !== undefined && node.rowTop !== null && view)
    view.scrollTop = node.rowTop + anchor.top.offset;
}
