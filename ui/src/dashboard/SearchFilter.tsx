import { CloseButton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { FilterProps } from "./FilterBar";

const pause = 250;

/** Searches while one types, after a short pause; the address follows silently. */
export function SearchFilter({ filter, choice, onChoose, first }: FilterProps) {
  const [text, setText] = useState(choice.search);
  const sent = useRef(choice.search);
  useEffect(() => {
    if (choice.search !== sent.current) {
      // The address changed from elsewhere: back, or "Clear filters".
      sent.current = choice.search;
      setText(choice.search);
    }
  }, [choice.search]);

  const send = (value: string) => {
    sent.current = value;
    onChoose({ search: value }, true);
  };
  const latest = useRef(send);
  latest.current = send;
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => latest.current(text), pause);
    return () => clearTimeout(timer);
  }, [text]);

  return (
    <TextInput
      type="text"
      inputMode="search"
      aria-label={filter.label}
      placeholder={filter.label}
      size="sm"
      w={220}
      styles={{ input: { height: 32, minHeight: 32 } }}
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={
        text === "" ? null : (
          <CloseButton
            size="sm"
            aria-label={`Clear ${filter.label}`}
            onClick={() => [setText(""), send("")]}
          />
        )
      }
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") send(text);
      }}
      data-first-filter={first || undefined}
    />
  );
}
