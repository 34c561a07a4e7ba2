import { Problem } from "./problem";
import type {
  ActionForm,
  Dashboard,
  DashboardList,
  FilterOptions,
  HistoryPage,
  Me,
  Preview,
  ProjectStatus,
  QueryRequest,
  ReceiptView,
  Submission,
  Value,
  VisualData,
} from "./types";

export const base = "/api/v1";

/** A page waits this long for an answer; the server gives up on the database before that. */
const patience = 60_000;

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const timeout = AbortSignal.timeout(patience);
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(base + path, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem({ code: timeout.aborted ? "timeout" : "offline" });
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const requestId = response.headers.get("X-Request-Id") ?? "";
  try {
    const body = await response.json();
    return new Problem({ requestId, ...body, status: response.status });
  } catch {
    return new Problem({ requestId, status: response.status });
  }
}

export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(method, path, body, signal);
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    // The answer broke off on its way: for the caller that is a lost connection.
    throw new Problem({ code: "offline" });
  }
}

export const id = encodeURIComponent;

export function query(values: Record<string, string | number | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

export const api = {
  me: (signal?: AbortSignal) => call<Me>("GET", "/session", undefined, signal),
  signIn: (name: string, password: string) => call<Me>("POST", "/session", { name, password }),
  signInWithLink: (token: string) => call<Me>("POST", "/session/link", { token }),
  setup: (setup: { token: string; name: string; displayName: string; password: string }) =>
    call<Me>("POST", "/setup", setup),
  signOut: () => call<void>("DELETE", "/session"),
  setPassword: (passwords: { current?: string; password: string }) =>
    call<void>("PUT", "/session/password", passwords),

  dashboards: (after?: string, signal?: AbortSignal) =>
    call<DashboardList>("GET", `/dashboards${query({ limit: 100, after })}`, undefined, signal),
  dashboard: (dashboard: string, signal?: AbortSignal) =>
    call<Dashboard>("GET", `/dashboards/${id(dashboard)}`, undefined, signal),
  filterOptions: (dashboard: string, filter: string, search: string, signal?: AbortSignal) =>
    call<FilterOptions>(
      "GET",
      `/dashboards/${id(dashboard)}/filters/${id(filter)}/options${query({ search })}`,
      undefined,
      signal,
    ),
  visual: (dashboard: string, visual: string, request: QueryRequest, signal?: AbortSignal) =>
    call<VisualData>("POST", `/dashboards/${id(dashboard)}/visuals/${id(visual)}/query`, request, signal),
  history: (dashboard: string, visual: string, key: string, after?: string, signal?: AbortSignal) =>
    call<HistoryPage>(
      "GET",
      `/dashboards/${id(dashboard)}/visuals/${id(visual)}/history${query({ key, after })}`,
      undefined,
      signal,
    ),

  form: (action: string, ticket: string, signal?: AbortSignal) =>
    call<ActionForm>("POST", `/actions/${id(action)}/form`, { ticket }, signal),
  preview: (action: string, ticket: string, inputs: Record<string, Value>, signal?: AbortSignal) =>
    call<Preview>("POST", `/actions/${id(action)}/preview`, { ticket, inputs }, signal),
  submit: (action: string, ticket: string, inputs: Record<string, Value>) =>
    call<Submission>("POST", `/actions/${id(action)}/submissions`, { ticket, inputs }),

  receipt: (receipt: string, signal?: AbortSignal) =>
    call<ReceiptView>("GET", `/receipts/${id(receipt)}`, undefined, signal),
  receiptFile: (receipt: string) => `${base}/receipts/${id(receipt)}/file`,
  project: (signal?: AbortSignal) => call<ProjectStatus>("GET", "/project", undefined, signal),
};
