import { queryOptions } from "@tanstack/react-query";
import { base, call, query } from "../api/client";
import type { components } from "../api/schema";

export type AuditRecord = components["schemas"]["AuditRecord"];
export type AuditPage = components["schemas"]["AuditPage"];
export type AuditSheet = components["schemas"]["AuditSheet"];
export type AuditPlace = components["schemas"]["AuditPlace"];

/** What is asked of the log; see filters.ts. */
export interface AuditRequest {
  from?: string;
  to?: string;
  who?: string;
  source?: string;
  name?: string;
  resource?: string;
  does?: string;
  ending?: string;
}

const pageSize = 100;

export const auditLog = {
  events: (request: AuditRequest, after: string | undefined, signal: AbortSignal) =>
    call<AuditPage>(
      "GET",
      `/audit/events${query({ ...request, after, limit: pageSize })}`,
      undefined,
      signal,
    ),
  proofFile: (index: number) => `${base}/audit/events/${index}/proof`,
};

/** A record never changes, but the log around it grows: each look asks for the newest proof. */
export const auditEventQuery = (index: string) =>
  queryOptions({
    queryKey: ["audit event", index],
    queryFn: ({ signal }) =>
      call<AuditSheet>("GET", `/audit/events/${encodeURIComponent(index)}`, undefined, signal),
    gcTime: 0,
  });
