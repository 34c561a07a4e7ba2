import { Button, Group, Popover, TextInput } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/client";
import { readDecimal } from "../format/decimal";
import { formatValue } from "../format/format";
import classes from "./dashboard.module.css";
import type { FilterProps } from "./FilterBar";
import { choiceText } from "./filterText";
import { isSet } from "./urlState";

export function RangeFilter(props: FilterProps) {
  const { filter, choice, first } = props;
  const [opened, setOpened] = useState(false);
  const set = isSet(choice);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus returnFocus withRoles>
      <Popover.Target>
        <button
          type="button"
          className={classes.filter}
          data-set={set || undefined}
          data-first-filter={first || undefined}
          onClick={() => setOpened((now) => !now)}
        >
          {set ? (
            <span className={classes.filterValue}>{choiceText(filter, choice)}</span>
          ) : (
            <span className={classes.filterLabel}>{filter.label}</span>
          )}
          <IconChevronDown size={14} aria-hidden style={{ flex: "none" }} />
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={filter.label}>
        {opened && <RangeForm {...props} onDone={() => setOpened(false)} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function RangeForm({ dashboard, filter, choice, onChoose, onDone }: FilterProps & { onDone: () => void }) {
  const [from, setFrom] = useState(choice.from);
  const [to, setTo] = useState(choice.to);
  const { data } = useQuery({
    queryKey: ["options", dashboard, filter.id],
    queryFn: ({ signal }) => api.filterOptions(dashboard, filter.id, "", signal),
    staleTime: 0,
  });
  const dated = filter.type === "date" || filter.type === "timestamp";
  const clean = (text: string) => (dated || text.trim() === "" ? text.trim() : readDecimal(text));
  const low = clean(from);
  const high = clean(to);
  const crossed = low && high && (dated ? low > high : Number(low) > Number(high));
  const hint = (value: unknown) =>
    value === undefined || value === null ? "" : formatValue(value as string, { type: filter.type });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (low === undefined || high === undefined || crossed) return;
    onChoose({ from: low, to: high });
    onDone();
  };
  const field = dated ? { type: "date" } : { inputMode: "decimal" as const };
  return (
    <form className={classes.range} onSubmit={submit} noValidate>
      <TextInput
        label={`${filter.label} from`}
        description={hint(data?.min) === "" ? undefined : `least: ${hint(data?.min)}`}
        value={from}
        error={low === undefined ? "Enter a number." : undefined}
        onChange={(event) => setFrom(event.currentTarget.value)}
        data-autofocus
        {...field}
      />
      <TextInput
        label={`${filter.label} to`}
        description={hint(data?.max) === "" ? undefined : `greatest: ${hint(data?.max)}`}
        value={to}
        error={high === undefined ? "Enter a number." : crossed ? "This is less than “from”." : undefined}
        onChange={(event) => setTo(event.currentTarget.value)}
        {...field}
      />
      <Group justify="flex-end" gap="xs">
        {isSet(choice) && (
          <Button
            variant="subtle"
            color="gray"
            size="xs"
            onClick={() => {
              onChoose({ from: "", to: "" });
              onDone();
            }}
          >
            Clear
          </Button>
        )}
        <Button type="submit" size="xs">
          Apply
        </Button>
      </Group>
    </form>
  );
}
