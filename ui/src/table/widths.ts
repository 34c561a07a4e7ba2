import type { Column, Value } from "../api/types";
import { formatValue, isNumeric, unitOf } from "../format/format";

const padding = 26;
/** room in a header for the sort mark and the menu */
const controls = 36;
const sampled = 60;

let pen: CanvasRenderingContext2D | null | undefined;

/** How wide a text is in the page's own font; grids of every font fit without guessing. */
export function textWidth(text: string, weight: 400 | 600 = 400, size = 14): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return text.length * size * 0.56;
  pen.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

export interface Widths {
  /** fits the header, the total and what the first rows hold, up to a third of a screen */
  width: number;
  /** what the column needs to be read at all: its header, and the start of its values */
  least: number;
}

export function widthsOf(column: Column, index: number, rows: Value[][], total?: Value): Widths {
  const unit = unitOf(column);
  const header =
    textWidth(column.label, 600, 13) + (unit ? textWidth(unit, 400, 12) + 4 : 0) + controls + padding;
  const show = (value: Value | undefined) => formatValue(value, column, { symbol: false });
  const texts = [...new Set(rows.slice(0, sampled).map((row) => show(row[index])))];
  const longest = texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
  const sum = total === undefined || total === null ? 0 : textWidth(show(total), 600);
  const most = isNumeric(column) ? 240 : 320;
  const width = Math.ceil(Math.max(header, Math.min(most, Math.max(56, longest, sum) + padding)));
  return { width, least: column.type !== "text" ? width : Math.ceil(Math.max(header, Math.min(140, width))) };
}
