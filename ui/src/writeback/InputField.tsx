import { Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import type { KeyboardEvent } from "react";
import type { ActionInput } from "../api/types";
import { formatValue } from "../format/format";
import { isNumberInput, ruleText, textOf, unitText } from "./entry";

interface Props {
  input: ActionInput;
  text: string;
  fault: string | undefined;
  autoFocus: boolean;
  onText: (text: string) => void;
  onLeave: () => void;
  onSubmit: () => void;
}

/** One input by its type, with its rule under the label before it is broken. */
export function InputField(props: Props) {
  const { input, text, fault, autoFocus, onText, onLeave } = props;
  const rule = ruleText(input);
  const length = input.maxLength && text.length > input.maxLength * 0.8 ? ` (${[...text].length} now)` : "";
  const common = {
    label: input.label,
    description: describe(input.help, rule + length),
    error: fault,
    required: input.required,
    "data-autofocus": autoFocus || undefined,
    onBlur: onLeave,
  };
  if (input.type === "boolean") {
    return (
      <Checkbox
        label={input.label}
        description={common.description}
        error={fault}
        checked={text === "true"}
        onChange={(event) => onText(String(event.currentTarget.checked))}
        data-autofocus={autoFocus || undefined}
      />
    );
  }
  if (input.options?.length) {
    const data = input.options.map((option) => ({
      value: textOf(input, option),
      label: formatValue(option, input),
    }));
    return (
      <Select
        {...common}
        data={data}
        value={text === "" ? null : text}
        onChange={(value) => onText(value ?? "")}
        clearable={!input.required}
        searchable={data.length > 8}
        allowDeselect={!input.required}
        comboboxProps={{ withinPortal: true }}
      />
    );
  }
  const value = {
    value: text,
    onChange: (event: { currentTarget: { value: string } }) => onText(event.currentTarget.value),
  };
  if (input.multiline)
    return <Textarea {...common} {...value} autosize minRows={3} maxRows={8} onKeyDown={submitKey(props)} />;
  return <TextInput {...common} {...value} {...kindOf(input)} autoComplete="off" />;
}

function describe(help: string | undefined, rule: string): string | undefined {
  const capital = rule === "" ? "" : `${rule.charAt(0).toUpperCase()}${rule.slice(1)}.`;
  if (!help) return capital === "" ? undefined : capital;
  const sentence = /[.!?]$/.test(help) ? help : `${help}.`;
  return capital === "" ? sentence : `${sentence} ${capital}`;
}

function kindOf(input: ActionInput) {
  if (input.type === "date") return { type: "date" };
  if (input.type === "timestamp") return { type: "datetime-local" };
  if (!isNumberInput(input)) return {};
  const unit = unitText(input);
  return {
    inputMode: input.type === "integer" ? ("numeric" as const) : ("decimal" as const),
    rightSection: unit === "" ? undefined : <span aria-hidden>{unit}</span>,
    rightSectionWidth: unit.length > 1 ? 48 : undefined,
  };
}

/** In a long text Enter is a line break; with Ctrl it submits. */
function submitKey({ onSubmit }: Props) {
  return (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onSubmit();
  };
}
