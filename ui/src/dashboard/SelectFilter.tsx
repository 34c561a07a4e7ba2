import { Combobox, Group, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck, IconChevronDown } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { adviceFor } from "../api/advice";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import type { Value } from "../api/types";
import { formatValue } from "../format/format";
import classes from "./dashboard.module.css";
import type { FilterProps } from "./FilterBar";
import { valuesText } from "./filterText";

/** The option key of the rows that have no value. */
const none = "\u0000";
const keyOf = (value: Value) => (value === null ? none : String(value));

export function SelectFilter({ dashboard, filter, choice, onChoose, first }: FilterProps) {
  const [search, setSearch] = useState("");
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      setSearch("");
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const [sought] = useDebouncedValue(search, 200);
  const { data, error, isPending } = useQuery({
    queryKey: ["options", dashboard, filter.id, sought],
    queryFn: ({ signal }) => api.filterOptions(dashboard, filter.id, sought, signal),
    enabled: combobox.dropdownOpened,
    placeholderData: keepPreviousData,
    // Its counts follow the data: look again whenever the list is opened.
    staleTime: 0,
  });
  const chosen = new Set(choice.values.map(keyOf));
  const options = data?.values ?? [];
  const missing =
    sought === "" ? choice.values.filter((value) => !options.some((one) => one.value === value)) : [];
  const all = [...missing.map((value) => ({ value, count: 0 })), ...options];
  const show = (value: Value) => (value === null ? "empty" : formatValue(value, { type: filter.type }));

  const toggle = (key: string) => {
    const value = all.find((one) => keyOf(one.value) === key)?.value ?? null;
    if (chosen.has(key)) onChoose({ values: choice.values.filter((one) => keyOf(one) !== key) });
    else onChoose({ values: filter.multiple ? [...choice.values, value] : [value] });
    if (!filter.multiple) combobox.closeDropdown();
  };

  return (
    <Combobox store={combobox} onOptionSubmit={toggle} width={280} position="bottom-start" withinPortal>
      <Combobox.Target withAriaAttributes={false}>
        <button
          type="button"
          className={classes.filter}
          data-set={chosen.size > 0 || undefined}
          data-first-filter={first || undefined}
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          onClick={() => combobox.toggleDropdown()}
        >
          <span className={classes.filterLabel}>
            {filter.label}
            {chosen.size > 0 ? ":" : ""}
          </span>
          {chosen.size > 0 && <span className={classes.filterValue}>{valuesText(filter, choice)}</span>}
          <IconChevronDown size={14} aria-hidden style={{ flex: "none" }} />
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={`Search ${filter.label.toLowerCase()}`}
          aria-label={`Search ${filter.label.toLowerCase()}`}
        />
        <Combobox.Options mah={280} style={{ overflowY: "auto" }} aria-label={filter.label}>
          {all.map(({ value, count }) => (
            <Combobox.Option key={keyOf(value)} value={keyOf(value)} active={chosen.has(keyOf(value))}>
              <span className={classes.option}>
                <span className={classes.check}>
                  {chosen.has(keyOf(value)) && <IconCheck size={16} aria-hidden />}
                </span>
                <span>{show(value)}</span>
                <span className={classes.count}>
                  {count > 0 ? formatValue(count, { type: "integer" }) : ""}
                </span>
              </span>
            </Combobox.Option>
          ))}
          {all.length === 0 && (
            <Combobox.Empty>
              {error
                ? adviceFor(asProblem(error), "reading").title
                : isPending
                  ? "Loading"
                  : "No value matches"}
            </Combobox.Empty>
          )}
        </Combobox.Options>
        {(data?.truncated || chosen.size > 0) && (
          <Combobox.Footer>
            <Group justify="space-between" gap="xs">
              <span className={classes.count}>{data?.truncated ? "More values: search for them" : ""}</span>
              {chosen.size > 0 && (
                <button type="button" className={classes.clear} onClick={() => onChoose({ values: [] })}>
                  Clear {filter.label.toLowerCase()}
                </button>
              )}
            </Group>
          </Combobox.Footer>
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}
