import type { Search } from "../dashboard/urlState";
import type { AuditRequest } from "./api";

/**
 * What the page shows is in its address:
 *   time=24h                      or since and until, in the viewer's zone
 *   who=ana&action=kms:Decrypt&resource=action/generate-quote
 *   does=changes&result=denied
 *   event=1234                    the open event
 */
export interface AuditFilters {
  time: string;
  since: string;
  until: string;
  who: string;
  action: string;
  resource: string;
  does: string;
  result: string;
}

const names = ["time", "since", "until", "who", "action", "resource", "does", "result"] as const;

export const times: Record<string, { label: string; hours: number }> = {
  "1h": { label: "Last hour", hours: 1 },
  "24h": { label: "Last 24 hours", hours: 24 },
  "7d": { label: "Last 7 days", hours: 7 * 24 },
  "30d": { label: "Last 30 days", hours: 30 * 24 },
};
export const custom = "custom";

export const kinds: Record<string, string> = { changes: "Changes only", reads: "Reads only" };
export const results: Record<string, string> = { ok: "Done", denied: "Denied", failed: "Failed" };

export function readFilters(search: Search): AuditFilters {
  const first = (name: string) => search[name]?.[0] ?? "";
  const known = (name: string, of: object) => (Object.hasOwn(of, first(name)) ? first(name) : "");
  const since = moment(first("since"));
  const until = moment(first("until"));
  const ranged = since !== "" || until !== "" || first("time") === custom;
  return {
    time: ranged ? custom : known("time", times),
    since,
    until,
    who: first("who"),
    action: first("action"),
    resource: first("resource"),
    does: known("does", kinds),
    result: known("result", results),
  };
}

/** A day and time as the field for it writes them; anything else is as good as none. */
function moment(text: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : "";
}

export function writeFilters(search: Search, change: Partial<AuditFilters>): Search {
  const next = { ...search };
  for (const [name, value] of Object.entries(change)) {
    if (value === "") delete next[name];
    else next[name] = [value];
  }
  return next;
}

export function clearFilters(search: Search): Search {
  return writeFilters(search, Object.fromEntries(names.map((name) => [name, ""])));
}

export function isSet(filters: AuditFilters): boolean {
  return filtersText(filters) !== "";
}

export function isCrossed({ since, until }: AuditFilters): boolean {
  return since !== "" && until !== "" && since > until;
}

/** The request that finds what the filters say; now is when a range such as "last hour" ends. */
export function requestOf(filters: AuditFilters, now: number): AuditRequest {
  const { time, since, until, who, resource, does, result } = filters;
  const hours = times[time]?.hours;
  const utc = (text: string) => (text === "" ? "" : new Date(text).toISOString());
  return {
    from: hours === undefined ? utc(since) : new Date(now - hours * 3_600_000).toISOString(),
    to: utc(until),
    who: who.trim(),
    resource: resource.trim(),
    ...operationOf(filters.action.trim()),
    does,
    ending: result,
  };
}

/** "kms:Decrypt", "Decrypt" or "kms": services are written small. */
function operationOf(action: string): { source: string; name: string } {
  const colon = action.indexOf(":");
  if (colon >= 0) return { source: action.slice(0, colon), name: action.slice(colon + 1).replace("*", "") };
  return /^[a-z]/.test(action) ? { source: action, name: "" } : { source: "", name: action };
}

/** All that is set, in words; an empty result is always someone's doing, and this names it. */
export function filtersText(filters: AuditFilters): string {
  const { time, since, until, who, action, resource, does, result } = filters;
  const day = (text: string) => text.replace("T", " ");
  return [
    times[time]?.label,
    since && `since ${day(since)}`,
    until && `until ${day(until)}`,
    who && `by “${who}”`,
    action && `action “${action}”`,
    resource && `resource “${resource}”`,
    kinds[does],
    results[result] && `result “${results[result]}”`,
  ]
    .filter(Boolean)
    .join("; ");
}
