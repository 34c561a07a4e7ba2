import { Menu } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowsSort,
  IconArrowUp,
  IconDotsVertical,
  IconEyeOff,
  IconPinned,
  IconPinnedOff,
} from "@tabler/icons-react";
import type { IHeaderParams } from "ag-grid-community";
import type { CustomHeaderProps } from "ag-grid-react";
import { useState } from "react";
import type { Column, Sort } from "../api/types";
import { isNumeric, unitOf } from "../format/format";
import classes from "./grid.module.css";
import { nextSort } from "./sort";

export interface ColumnCommands {
  sort: Sort[];
  pinned: string[];
  onSort(sort: Sort[]): void;
  onPin(column: string, pin: boolean): void;
  onHide(column: string): void;
}

interface Props extends CustomHeaderProps {
  column: IHeaderParams["column"];
  field: Column;
  commands: () => ColumnCommands;
}

export function HeaderCell({ field, commands }: Props) {
  const { sort, onSort } = commands();
  const [opened, setOpened] = useState(false);
  const now = sort.find((one) => one.column === field.name);
  const unit = unitOf(field);
  const press = (event: React.MouseEvent) => {
    if (field.sortable) onSort(nextSort(sort, field.name, event.shiftKey));
  };
  return (
    <div
      className={classes.header}
      data-number={isNumeric(field) || undefined}
      data-open={opened || undefined}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the grid's header cell around it takes the keys */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the header cell sorts */}
      <div
        className={classes.headerText}
        data-sortable={field.sortable || undefined}
        onClick={press}
        title={field.label}
      >
        <span className={classes.headerLabel}>{field.label}</span>
        {unit !== "" && <span className={classes.unit}>{unit}</span>}
        {now &&
          (now.descending ? <IconArrowDown size={13} aria-hidden /> : <IconArrowUp size={13} aria-hidden />)}
      </div>
      <ColumnMenu field={field} commands={commands()} opened={opened} onOpened={setOpened} />
    </div>
  );
}

interface MenuProps {
  field: Column;
  commands: ColumnCommands;
  opened: boolean;
  onOpened: (opened: boolean) => void;
}

function ColumnMenu({ field, commands, opened, onOpened }: MenuProps) {
  const { sort, pinned, onSort, onPin, onHide } = commands;
  const sorted = sort.some((one) => one.column === field.name);
  const isPinned = pinned.includes(field.name);
  return (
    <Menu position="bottom-end" width={200} opened={opened} onChange={onOpened} withinPortal>
      <Menu.Target>
        <button
          type="button"
          tabIndex={-1}
          className={classes.headerMenu}
          aria-label={`Column ${field.label}`}
        >
          <IconDotsVertical size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {field.sortable && (
          <>
            <Menu.Item
              leftSection={<IconArrowUp size={15} />}
              onClick={() => onSort([{ column: field.name, descending: false }])}
            >
              Sort ascending
            </Menu.Item>
            <Menu.Item
              leftSection={<IconArrowDown size={15} />}
              onClick={() => onSort([{ column: field.name, descending: true }])}
            >
              Sort descending
            </Menu.Item>
            {sorted && (
              <Menu.Item
                leftSection={<IconArrowsSort size={15} />}
                onClick={() => onSort(sort.filter((one) => one.column !== field.name))}
              >
                Do not sort
              </Menu.Item>
            )}
            <Menu.Divider />
          </>
        )}
        <Menu.Item
          leftSection={isPinned ? <IconPinnedOff size={15} /> : <IconPinned size={15} />}
          onClick={() => onPin(field.name, !isPinned)}
        >
          {isPinned ? "Unpin" : "Pin to the left"}
        </Menu.Item>
        <Menu.Item leftSection={<IconEyeOff size={15} />} onClick={() => onHide(field.name)}>
          Hide column
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
