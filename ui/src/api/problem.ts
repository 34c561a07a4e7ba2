import { sentence } from "../format/words";
import type { Change, FieldError } from "./types";

/** Every code the server answers with, and those that only the browser knows: offline, timeout, and its own faults. */
export type ProblemCode =
  | "bad_request"
  | "ticket_malformed"
  | "ticket_forged"
  | "unauthenticated"
  | "bad_credentials"
  | "denied"
  | "ticket_foreign"
  | "not_found"
  | "row_changed"
  | "row_gone"
  | "status_conflict"
  | "action_changed"
  | "ticket_expired"
  | "ticket_key_retired"
  | "link_used"
  | "too_large"
  | "invalid_input"
  | "computed_empty"
  | "row_limit"
  | "rate_limited"
  | "internal"
  | "target_schema"
  | "target_unavailable"
  | "target_read_only"
  | "log_unavailable"
  | "target_full"
  | "offline"
  | "timeout"
  | "screen";

interface ProblemBody {
  status?: number;
  title?: string;
  detail?: string;
  code?: string;
  requestId?: string;
  errors?: FieldError[];
  changes?: Change[];
  retryAfter?: number;
  receiptId?: string;
}

/** A request that was answered with a problem document, or not answered at all. */
export class Problem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors: FieldError[];
  readonly changes: Change[];
  readonly retryAfter: number;
  readonly receiptId: string;

  constructor(body: ProblemBody) {
    super(body.detail || body.title || body.code || "request failed");
    this.name = "Problem";
    this.status = body.status ?? 0;
    this.code = (body.code ?? codeOfStatus(body.status ?? 0)) as ProblemCode;
    this.title = body.title ?? "";
    this.detail = sentence(body.detail ?? "");
    this.requestId = body.requestId ?? "";
    this.errors = (body.errors ?? []).map((one) => ({ ...one, message: sentence(one.message) }));
    this.changes = body.changes ?? [];
    this.retryAfter = body.retryAfter ?? 0;
    this.receiptId = body.receiptId ?? "";
  }
}

/** A proxy in between may answer without a problem document; its status still says what to do next. */
function codeOfStatus(status: number): ProblemCode {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "denied";
  if (status === 404) return "not_found";
  if (status === 413) return "too_large";
  if (status === 429) return "rate_limited";
  if (status === 502 || status === 503 || status === 504) return "offline";
  if (status === 0) return "offline";
  return status >= 500 ? "internal" : "bad_request";
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem({ code: "screen", detail });
}
