import { Combobox, Group, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck, IconChevronDown } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { adviceFor } from "../api/advice";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import type { Filter, Value } from "../api/types";
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
  const chosen = new Set(choice.values.map(keyOf));
  const options = useOptions(dashboard, filter.id, choice.values, search, combobox.dropdownOpened);
  const name = filter.label.toLowerCase();

  const toggle = (key: string) => {
    const value = options.all.find((one) => keyOf(one.value) === key)?.value ?? null;
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
          role="combobox"
          aria-expanded={combobox.dropdownOpened}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={`Search ${name}`}
          aria-label={`Search ${name}`}
        />
        <Combobox.Options mah={280} style={{ overflowY: "auto" }} aria-label={filter.label}>
          {options.all.map((option) => (
            <Choice
              key={keyOf(option.value)}
              {...option}
              filter={filter}
              chosen={chosen.has(keyOf(option.value))}
            />
          ))}
          {options.all.length === 0 && <Combobox.Empty>{options.why}</Combobox.Empty>}
        </Combobox.Options>
        {(options.truncated || chosen.size > 0) && (
          <Combobox.Footer>
            <Group justify="space-between" gap="xs">
              <span className={classes.count}>{options.truncated ? "More values: search for them" : ""}</span>
              {chosen.size > 0 && (
                <button type="button" className={classes.clear} onClick={() => onChoose({ values: [] })}>
                  Clear {name}
                </button>
              )}
            </Group>
          </Combobox.Footer>
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}

interface Option {
  value: Value;
  count: number;
}

/** What can be chosen: the values that the server names, and those chosen already that it does not. */
function useOptions(dashboard: string, filter: string, values: Value[], search: string, enabled: boolean) {
  const [sought] = useDebouncedValue(search, 200);
  const { data, error, isPending } = useQuery({
    queryKey: ["options", dashboard, filter, sought],
    queryFn: ({ signal }) => api.filterOptions(dashboard, filter, sought, signal),
    enabled,
    placeholderData: keepPreviousData,
    // Its counts follow the data: look again whenever the list is opened.
    staleTime: 0,
  });
  const named = data?.values ?? [];
  const unnamed = sought === "" ? values.filter((value) => !named.some((one) => one.value === value)) : [];
  const all: Option[] = [...unnamed.map((value) => ({ value, count: 0 })), ...named];
  const why = isPending ? "Loading" : "No value matches";
  return { all, truncated: data?.truncated, why: error ? adviceFor(asProblem(error), "reading").title : why };
}

function Choice({ value, count, filter, chosen }: Option & { filter: Filter; chosen: boolean }) {
  return (
    <Combobox.Option value={keyOf(value)} active={chosen}>
      <span className={classes.option}>
        <span className={classes.check}>{chosen && <IconCheck size={16} aria-hidden />}</span>
        <span>{value === null ? "empty" : formatValue(value, { type: filter.type })}</span>
        <span className={classes.count}>{count > 0 ? formatValue(count, { type: "integer" }) : ""}</span>
      </span>
    </Combobox.Option>
  );
}
