import { Autocomplete, Button, CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useEffect, useId, useState } from "react";
import type { SetSearch } from "../dashboard/usePageSearch";
import type { AuditRecord } from "./api";
import classes from "./audit.module.css";
import {
  type AuditFilters,
  clearFilters,
  custom,
  isCrossed,
  isSet,
  kinds,
  results,
  times,
  writeFilters,
} from "./filters";
import { knownActions } from "./sentence";

interface Props {
  filters: AuditFilters;
  setSearch: SetSearch;
  /** what is in sight gives the suggestions */
  items: AuditRecord[];
}

/** Texts are taken on Enter, on a choice or when the field is left: each search is itself on record. */
export function AuditFilterBar({ filters, setSearch, items }: Props) {
  const set = (change: Partial<AuditFilters>) => setSearch((now) => writeFilters(now, change));
  const seen = (of: (item: AuditRecord) => string) => [...new Set(items.map(of))].filter(Boolean).sort();
  const actions = [...new Set([...seen((item) => item.action), ...knownActions])];
  return (
    <search className={classes.filters} aria-label="Filters">
      <Choice
        label="Time"
        value={filters.time}
        none="Any time"
        choices={[
          ...Object.entries(times).map(([id, { label }]) => [id, label] as const),
          [custom, "Between two times"],
        ]}
        onChoose={(time) => set({ time, since: "", until: "" })}
        first
      />
      {filters.time === custom && <Range filters={filters} set={set} />}
      <Text
        label="Who"
        value={filters.who}
        options={seen((item) => item.who.name)}
        onText={(who) => set({ who })}
      />
      <Text
        label="Action"
        value={filters.action}
        options={actions}
        onText={(action) => set({ action })}
        wide
      />
      <Text
        label="Resource"
        value={filters.resource}
        options={seen((item) => item.resource).filter((resource) => resource !== "*")}
        onText={(resource) => set({ resource })}
        wide
      />
      <Choice
        label="Kind"
        value={filters.does}
        none="Changes and reads"
        choices={Object.entries(kinds)}
        onChoose={(does) => set({ does })}
      />
      <Choice
        label="Result"
        value={filters.result}
        none="Any result"
        choices={Object.entries(results)}
        onChoose={(result) => set({ result })}
      />
      {(isSet(filters) || filters.time === custom) && (
        <Button
          variant="subtle"
          color="gray"
          size="xs"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => setSearch(clearFilters)}
        >
          Clear filters
        </Button>
      )}
    </search>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  none: string;
  choices: (readonly [string, string])[];
  onChoose: (value: string) => void;
  first?: boolean;
}

function Choice({ label, value, none, choices, onChoose, first }: ChoiceProps) {
  return (
    <NativeSelect
      aria-label={label}
      classNames={{ input: classes.input }}
      data-set={value !== "" || undefined}
      data-first-filter={first || undefined}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value)}
      data={[{ value: "", label: none }, ...choices.map(([id, words]) => ({ value: id, label: words }))]}
    />
  );
}

interface TextProps {
  label: string;
  value: string;
  options: string[];
  onText: (text: string) => void;
  wide?: boolean;
}

function Text({ label, value, options, onText, wide }: TextProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const send = (next: string) => {
    if (next.trim() !== value) onText(next.trim());
  };
  return (
    <Autocomplete
      aria-label={label}
      placeholder={label}
      classNames={{
        input: classes.input,
        root: wide ? classes.wide : classes.text,
        options: classes.options,
      }}
      data-set={value !== "" || undefined}
      data={options}
      limit={20}
      withScrollArea={false}
      comboboxProps={{ width: 300, position: "bottom-start" }}
      value={text}
      onChange={setText}
      onOptionSubmit={send}
      onBlur={() => send(text)}
      onKeyDown={(event) =>
        event.key === "Enter" && !event.nativeEvent.isComposing && send(event.currentTarget.value)
      }
      rightSectionPointerEvents="all"
      rightSection={
        text !== "" && (
          <CloseButton
            size="sm"
            aria-label={`Clear ${label.toLowerCase()}`}
            onClick={() => {
              setText("");
              send("");
            }}
          />
        )
      }
    />
  );
}

function Range({ filters, set }: { filters: AuditFilters; set: (change: Partial<AuditFilters>) => void }) {
  const error = useId();
  const crossed = isCrossed(filters);
  return (
    <>
      <Moment label="Since" value={filters.since} onMoment={(since) => set({ since, time: custom })} />
      <Moment
        label="Until"
        value={filters.until}
        onMoment={(until) => set({ until, time: custom })}
        describedBy={crossed ? error : undefined}
      />
      {crossed && (
        <span id={error} className={classes.fault} role="alert">
          “Until” is before “since”.
        </span>
      )}
    </>
  );
}

interface MomentProps {
  label: string;
  value: string;
  onMoment: (value: string) => void;
  describedBy?: string | undefined;
}

function Moment({ label, value, onMoment, describedBy }: MomentProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const send = () => text !== value && onMoment(text);
  return (
    <TextInput
      type="datetime-local"
      aria-label={label}
      aria-invalid={describedBy !== undefined}
      aria-describedby={describedBy}
      classNames={{ input: classes.input }}
      leftSection={<span className={classes.hint}>{label}</span>}
      leftSectionWidth={52}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={send}
      onKeyDown={(event) => event.key === "Enter" && send()}
    />
  );
}
