import type { Filter } from "../api/types";
import { formatValue, nothing } from "../format/format";
import { type FilterChoice, isSet, readChoice, type Search } from "./urlState";

/** One filter in words: "State is TX or CA". */
export function choiceText(filter: Filter, choice: FilterChoice): string {
  const timed = filter.type === "date" || filter.type === "timestamp";
  // A day in the address is a day in words, also where the field holds times.
  const show = (value: string) => (timed ? value : formatValue(value, { type: filter.type }));
  const words = timed ? { from: "from", to: "until" } : { from: "at least", to: "at most" };
  if (choice.search !== "") return `${filter.label} contains “${choice.search}”`;
  if (choice.from !== "" && choice.to !== "")
    return `${filter.label} ${show(choice.from)} to ${show(choice.to)}`;
  if (choice.from !== "") return `${filter.label} ${words.from} ${show(choice.from)}`;
  if (choice.to !== "") return `${filter.label} ${words.to} ${show(choice.to)}`;
  return `${filter.label} is ${valuesText(filter, choice)}`;
}

/** The chosen values alone, for the face of the filter's button. */
export function valuesText(filter: Filter, choice: FilterChoice, most = 3): string {
  const texts = choice.values.map((value) =>
    value === null ? "empty" : formatValue(value, { type: filter.type }),
  );
  if (texts.length === 0) return nothing;
  if (texts.length > most) return `${texts.slice(0, most - 1).join(", ")} or ${texts.length - most + 1} more`;
  return texts.length === 1 ? `${texts[0]}` : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}

/** All set filters in words; an empty result is always someone's doing, and this names it. */
export function filtersText(search: Search, filters: Filter[]): string {
  return filters
    .map((filter) => [filter, readChoice(search, filter)] as const)
    .filter(([, choice]) => isSet(choice))
    .map(([filter, choice]) => choiceText(filter, choice))
    .join("; ");
}
