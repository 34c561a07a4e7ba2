import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useId } from "react";
import type { Pair } from "./pairs";
import classes from "./trust.module.css";

interface Props {
  label: string;
  description?: string;
  nameLabel: string;
  pairs: Pair[];
  most: number;
  error?: string | undefined;
  onChange: (pairs: Pair[]) => void;
}

/** Rows of a name and a value. */
export function Pairs({ label, description, nameLabel, pairs, most, error, onChange }: Props) {
  const id = useId();
  const set = (index: number, change: Partial<Pair>) =>
    onChange(pairs.map((pair, at) => (at === index ? { ...pair, ...change } : pair)));
  return (
    <fieldset className={classes.fieldset} aria-describedby={error ? id : undefined}>
      <legend>{label}</legend>
      {description && <p className={classes.hint}>{description}</p>}
      {pairs.map((pair, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; two may hold the same
        <div key={index} className={classes.pair}>
          <TextInput
            aria-label={`${nameLabel} ${index + 1}`}
            placeholder={nameLabel}
            autoComplete="off"
            spellCheck={false}
            value={pair.key}
            onChange={(event) => set(index, { key: event.currentTarget.value })}
          />
          <TextInput
            aria-label={`Value ${index + 1}`}
            placeholder="Value"
            autoComplete="off"
            spellCheck={false}
            value={pair.value}
            onChange={(event) => set(index, { value: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove row ${index + 1}`}
            onClick={() => onChange(pairs.filter((_, at) => at !== index))}
          >
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {error && (
        <p id={id} className={classes.fault} role="alert">
          {error}
        </p>
      )}
      {pairs.length < most && (
        <div>
          <Button
            size="compact-sm"
            variant="subtle"
            style={{ marginLeft: -8 }}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => onChange([...pairs, { key: "", value: "" }])}
          >
            Add {pairs.length === 0 ? "one" : "another"}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
