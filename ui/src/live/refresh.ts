import type { InfiniteData, Query, QueryClient } from "@tanstack/react-query";

/** A table that was scrolled further than this is not fetched anew by itself: it says that it is behind, and waits. */
const mostPages = 5;

function isLong(query: Query): boolean {
  const data = query.state.data as InfiniteData<unknown> | undefined;
  return (data?.pages?.length ?? 0) > mostPages;
}

/** Makes the visuals of these datasets fetch again; all visuals when none are named. */
export function refreshVisuals(client: QueryClient, datasets?: Set<string>) {
  const touched = ({ meta }: Query) => meta?.dataset !== undefined && (datasets?.has(meta.dataset) ?? true);
  client.invalidateQueries({ predicate: (query) => touched(query) && !isLong(query) });
  client.invalidateQueries({ predicate: (query) => touched(query) && isLong(query), refetchType: "none" });
}

/** Fetches a long table again from its start; the rows further down come again as one scrolls. */
export function restartLong(client: QueryClient) {
  for (const query of client.getQueryCache().findAll({ predicate: isLong })) {
    client.setQueryData<InfiniteData<unknown>>(query.queryKey, (data) =>
      data ? { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) } : data,
    );
  }
}

/** What "r" and the stamp do: everything, long tables from their start. */
export function refreshAll(client: QueryClient) {
  restartLong(client);
  refreshVisuals(client);
}
