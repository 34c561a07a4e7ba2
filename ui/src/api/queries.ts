import { QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { asProblem, Problem } from "./problem";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: Error;
    queryMeta: { dataset?: string; reads?: "project" };
  }
}

/** What to do when any answer says that nobody is signed in; the router sets it. */
let signedOut = () => {};
export function onSignedOut(run: () => void) {
  signedOut = run;
}

export function noticeSignOut(error: unknown) {
  if (error instanceof Problem && error.code === "unauthenticated") signedOut();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignOut }),
  defaultOptions: {
    queries: {
      // The event stream says when something changed, so an answer is good until then.
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => count < 2 && mayPass(asProblem(error)),
      retryDelay: (count) => 400 * 2 ** count,
      networkMode: "always",
      // What failed in passing comes back by itself.
      refetchInterval: ({ state }) => (state.error && mayPass(asProblem(state.error)) ? 15_000 : false),
    },
    mutations: { networkMode: "always" },
  },
});

function mayPass(problem: Problem): boolean {
  return problem.code === "offline" || problem.code === "target_unavailable";
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }) => {
    try {
      return await api.me(signal);
    } catch (error) {
      if (error instanceof Problem && error.code === "unauthenticated") return null;
      throw error;
    }
  },
  gcTime: Number.POSITIVE_INFINITY,
});

export const dashboardsQuery = queryOptions({
  queryKey: ["dashboards"],
  meta: { reads: "project" },
  queryFn: async ({ signal }) => {
    const items = [];
    let after: string | undefined;
    do {
      const page = await api.dashboards(after, signal);
      items.push(...page.items);
      after = page.next;
    } while (after);
    return items;
  },
});

export const dashboardQuery = (id: string) =>
  queryOptions({
    queryKey: ["dashboard", id],
    meta: { reads: "project" },
    queryFn: ({ signal }) => api.dashboard(id, signal),
  });

export const projectQuery = queryOptions({
  queryKey: ["project"],
  meta: { reads: "project" },
  queryFn: ({ signal }) => api.project(signal),
});

export const receiptQuery = (id: string) =>
  queryOptions({ queryKey: ["receipt", id], queryFn: ({ signal }) => api.receipt(id, signal) });
