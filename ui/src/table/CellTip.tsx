import { Portal } from "@mantine/core";
import { type RefObject, useEffect, useState } from "react";
import classes from "./grid.module.css";

/** Cells name their full text in this attribute when it says more than they show by nature, as the exact UTC of a time. */
export const fullText = "data-full";

interface Tip {
  text: string;
  left: number;
  top: number;
  width: number;
}

/** Shows the whole text of a cell that is cut, on hover and on focus; Esc hides it. */
export function CellTip({ grid }: { grid: RefObject<HTMLElement | null> }) {
  const [tip, setTip] = useState<Tip>();
  useEffect(() => {
    const element = grid.current;
    if (!element) return;
    const show = (event: Event) => setTip(tipOf(event.target));
    const hide = () => setTip(undefined);
    const press = (event: KeyboardEvent) => event.key === "Escape" && hide();
    element.addEventListener("mouseover", show);
    element.addEventListener("focusin", show);
    element.addEventListener("mouseleave", hide);
    element.addEventListener("focusout", hide);
    element.addEventListener("keydown", press);
    element.addEventListener("scroll", hide, true);
    return () => {
      element.removeEventListener("mouseover", show);
      element.removeEventListener("focusin", show);
      element.removeEventListener("mouseleave", hide);
      element.removeEventListener("focusout", hide);
      element.removeEventListener("keydown", press);
      element.removeEventListener("scroll", hide, true);
    };
  }, [grid]);
  if (!tip) return null;
  return (
    <Portal>
      <div
        className={classes.tip}
        role="tooltip"
        style={{ left: tip.left, top: tip.top, minWidth: tip.width }}
      >
        {tip.text}
      </div>
    </Portal>
  );
}

function tipOf(target: EventTarget | null): Tip | undefined {
  if (!(target instanceof Element)) return undefined;
  const cell = target.closest<HTMLElement>(".ag-cell");
  if (!cell || cell.querySelector("button")) return undefined;
  const inner = cell.querySelector<HTMLElement>(".ag-cell-value") ?? cell;
  const cut = cell.scrollWidth > cell.clientWidth + 1 || inner.scrollWidth > inner.clientWidth + 1;
  const text =
    cell.querySelector(`[${fullText}]`)?.getAttribute(fullText) ?? (cut ? (cell.textContent ?? "") : "");
  if (text === "") return undefined;
  const box = cell.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, window.innerWidth - 340));
  return { text, left, top: box.bottom + 2, width: Math.min(box.width, 320) };
}
