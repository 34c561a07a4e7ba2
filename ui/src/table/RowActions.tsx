import { Menu } from "@mantine/core";
import { IconChevronDown, IconHistory } from "@tabler/icons-react";
import type { CustomCellRendererProps } from "ag-grid-react";
import type { KeyboardEvent } from "react";
import type { Offer, VisualAction } from "../api/types";
import classes from "./grid.module.css";
import type { TableRow } from "./rows";
import { textWidth } from "./widths";

export interface RowCommands {
  onAct(row: TableRow, offer: Offer): void;
  onHistory(row: TableRow): void;
}

interface Props extends CustomCellRendererProps<TableRow> {
  actions: VisualAction[];
  history: boolean;
  /** narrow screens show several actions as one menu */
  narrow: boolean;
  commands: () => RowCommands;
}

export function RowActions({ node, actions, history, narrow, commands }: Props) {
  const row = node.data;
  if (!row || node.rowPinned) return null;
  // A press uses the row as it is then: a refetch may have brought a new ticket.
  const act = (action: string) => {
    const now = node.data;
    const offer = now?.offers.find((one) => one.action === action);
    if (now && offer) commands().onAct(now, offer);
  };
  const offered = actions.filter((action) => row.offers.some((offer) => offer.action === action.id));
  return (
    <div className={classes.actions}>
      {narrow && offered.length > 1 ? (
        <ActionMenu actions={offered} onAct={act} />
      ) : (
        offered.map((action) => (
          <button
            key={action.id}
            type="button"
            tabIndex={-1}
            className={classes.action}
            data-tone={action.tone}
            title={action.title}
            onClick={() => act(action.id)}
            onKeyDown={walk}
          >
            {action.label || action.title}
          </button>
        ))
      )}
      {history && row.key !== "" && (
        <button
          type="button"
          tabIndex={-1}
          className={classes.historyButton}
          aria-label="History"
          title="History of this row"
          onClick={() => node.data && commands().onHistory(node.data)}
          onKeyDown={walk}
        >
          <IconHistory size={15} aria-hidden />
        </button>
      )}
    </div>
  );
}

function ActionMenu({ actions, onAct }: { actions: VisualAction[]; onAct: (action: string) => void }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <button type="button" tabIndex={-1} className={classes.action} data-tone="neutral" onKeyDown={walk}>
          Actions <IconChevronDown size={13} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map((action) => (
          <Menu.Item
            key={action.id}
            color={action.tone === "danger" ? "red" : undefined}
            onClick={() => onAct(action.id)}
          >
            {action.label || action.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Inside the cell the arrows and Tab walk over its buttons; Esc gives the keys back to the grid. */
function walk(event: KeyboardEvent<HTMLButtonElement>) {
  const buttons = [...(event.currentTarget.parentElement?.querySelectorAll("button") ?? [])];
  const at = buttons.indexOf(event.currentTarget);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step !== undefined && buttons[at + step]) {
    event.preventDefault();
    event.stopPropagation();
    buttons[at + step]?.focus();
  } else if (event.key === "Escape") {
    event.stopPropagation();
    event.currentTarget.closest<HTMLElement>("[role=gridcell]")?.focus();
  } else if (event.key === "Enter" || event.key === " ") {
    // The button's own press; the grid must not take it as a cell key.
    event.stopPropagation();
  }
}

/** Wide enough for the words of the actions. */
export function actionsWidth(actions: VisualAction[], history: boolean, narrow: boolean): number {
  const buttons =
    narrow && actions.length > 1 ? ["Actions v"] : actions.map((action) => action.label || action.title);
  const words = buttons.reduce((sum, label) => sum + textWidth(label, 400, 13) + 22, 0);
  // Where fingers press, the history button is as wide as they are.
  return Math.ceil(Math.max(words + (history ? (narrow ? 40 : 28) : 0) + 20, 80));
}
