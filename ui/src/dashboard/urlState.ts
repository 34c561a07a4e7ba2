import type { Filter, FilterValue, Sort, Value } from "../api/types";

/**
 * Everything that a dashboard page shows is in its address:
 *   f.state=TX&f.state=CA         values of a select filter
 *   f.state.none=1                the rows without a value
 *   f.cost.from=10&f.cost.to=20   a range
 *   f.customer.has=acme           a search
 *   sort.quotes=cost:desc,state   sort of one table
 *   hide.quotes=cost, pin.quotes=state, view.chart=table
 *   history=quotes:KEY            the open history drawer
 */
export type Search = Record<string, string[]>;

export function parseSearch(text: string): Search {
  // A map first: a parameter may be named like something every object has.
  const found = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) found.set(name, [...(found.get(name) ?? []), value]);
  return Object.fromEntries(found);
}

export function stringifySearch(search: Search): string {
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries(search)) {
    for (const value of values ?? []) params.append(name, value);
  }
  const text = params.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

/** What one filter is set to. */
export interface FilterChoice {
  values: Value[];
  from: string;
  to: string;
  search: string;
}

export function readChoice(search: Search, filter: Filter): FilterChoice {
  const name = `f.${filter.id}`;
  const values: Value[] = (search[name] ?? []).map((text) => typed(text, filter.type));
  if (search[`${name}.none`]) values.push(null);
  return {
    values: filter.multiple ? values : values.slice(0, 1),
    from: search[`${name}.from`]?.[0] ?? "",
    to: search[`${name}.to`]?.[0] ?? "",
    search: search[`${name}.has`]?.[0] ?? "",
  };
}

export function writeChoice(search: Search, filter: Filter, choice: Partial<FilterChoice>): Search {
  const next = { ...search };
  const name = `f.${filter.id}`;
  if (choice.values) {
    const texts = choice.values.filter((value) => value !== null).map(String);
    put(next, name, texts);
    put(next, `${name}.none`, choice.values.includes(null) ? ["1"] : []);
  }
  if (choice.from !== undefined) put(next, `${name}.from`, choice.from === "" ? [] : [choice.from]);
  if (choice.to !== undefined) put(next, `${name}.to`, choice.to === "" ? [] : [choice.to]);
  if (choice.search !== undefined) put(next, `${name}.has`, choice.search === "" ? [] : [choice.search]);
  return next;
}

export function isSet(choice: FilterChoice): boolean {
  return choice.values.length > 0 || choice.from !== "" || choice.to !== "" || choice.search !== "";
}

export function clearFilters(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([name]) => !name.startsWith("f.")));
}

/** The filters of a query: only those that are set, in the dashboard's order, so that equal pages share a cache entry. */
export function queryFilters(search: Search, filters: Filter[]): FilterValue[] {
  const result: FilterValue[] = [];
  for (const filter of filters) {
    const choice = readChoice(search, filter);
    if (!isSet(choice)) continue;
    const value: FilterValue = { id: filter.id };
    if (choice.values.length > 0) value.values = choice.values;
    if (choice.from !== "") value.from = bound(choice.from, filter.type, "T00:00:00.000");
    if (choice.to !== "") value.to = bound(choice.to, filter.type, "T23:59:59.999");
    if (choice.search !== "") value.search = choice.search;
    result.push(value);
  }
  return result;
}

/** What kind of thing a table or chart keeps in the address. */
export type ViewPart = "sort" | "hide" | "pin" | "view";

export function readSort(search: Search, visual: string): Sort[] {
  return list(search, "sort", visual).map((item) => {
    const [column = "", direction] = item.split(":");
    return { column, descending: direction === "desc" };
  });
}

export function writeSort(search: Search, visual: string, sort: Sort[]): Search {
  const items = sort.map((one) => (one.descending ? `${one.column}:desc` : one.column));
  return writeList(search, "sort", visual, items);
}

export function list(search: Search, part: ViewPart, visual: string): string[] {
  return (search[`${part}.${visual}`]?.[0] ?? "").split(",").filter((item) => item !== "");
}

export function writeList(search: Search, part: ViewPart, visual: string, items: string[]): Search {
  const next = { ...search };
  put(next, `${part}.${visual}`, items.length === 0 ? [] : [items.join(",")]);
  return next;
}

export function readHistory(search: Search): { visual: string; key: string } | undefined {
  const text = search.history?.[0];
  const colon = text?.indexOf(":") ?? -1;
  if (!text || colon < 1) return undefined;
  return { visual: text.slice(0, colon), key: text.slice(colon + 1) };
}

export function writeHistory(search: Search, open: { visual: string; key: string } | undefined): Search {
  const next = { ...search };
  put(next, "history", open ? [`${open.visual}:${open.key}`] : []);
  return next;
}

function put(search: Search, name: string, values: string[]) {
  if (values.length === 0) delete search[name];
  else search[name] = values;
}

/** A day stands for its first or last moment in the viewer's zone when the field holds times. */
function bound(text: string, type: Filter["type"], time: string): Value {
  if (type !== "timestamp" || !/^\d{4}-\d\d-\d\d$/.test(text)) return typed(text, type);
  const moment = new Date(text + time);
  return Number.isNaN(moment.getTime()) ? text : moment.toISOString();
}

/** A value of the address as the API wants it; big integers and decimals stay text, exact. */
function typed(text: string, type: Filter["type"]): Value {
  if (type === "integer") {
    const number = Number(text);
    return Number.isSafeInteger(number) && /^-?\d+$/.test(text) ? number : text;
  }
  if (type === "float") {
    const number = Number(text);
    return text.trim() !== "" && Number.isFinite(number) ? number : text;
  }
  if (type === "boolean") return text === "true";
  return text;
}
