import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api/client";
import type { Change, Dashboard, Offer, QueryRequest, Sort, Visual, VisualData } from "../api/types";
import { queryFilters, type Search } from "../dashboard/urlState";
import { refreshVisuals } from "../live/refresh";
import { findRow, newIds, sameOffer, type TableRow, toRows } from "./rows";

const largePage = 500;

/** How long a new row stays marked. */
const markedFor = 4000;

/** The rows of a table visual, page after page by key, and kept true by the event stream. */
export function useRows(dashboard: Dashboard, visual: Visual, search: Search, sort: Sort[]) {
  const client = useQueryClient();
  const limit = visual.pageSize;
  // Rows with actions cost the server a ticket each; bare rows come in bigger pages once someone scrolls.
  const further = visual.actions.length ? limit : Math.max(limit, largePage);
  const request = useMemo<QueryRequest>(
    () => ({ filters: queryFilters(search, dashboard.filters), ...(sort.length > 0 ? { sort } : {}), limit }),
    [search, dashboard.filters, sort, limit],
  );
  const { dataset } = visual;
  const requestKey = JSON.stringify(request);
  const queryKey = useMemo(
    () => ["rows", dashboard.id, visual.id, requestKey] as const,
    [dashboard.id, visual.id, requestKey],
  );
  const fetchPage = useCallback(
    (after: string | undefined, signal?: AbortSignal) => {
      const page = JSON.parse(requestKey) as QueryRequest;
      const first = after === undefined;
      const more = first ? { totals: true } : { after, limit: further };
      return api.visual(dashboard.id, visual.id, { ...page, ...more }, signal);
    },
    [dashboard.id, visual.id, requestKey, further],
  );
  const query = useInfiniteQuery({
    queryKey,
    meta: { dataset },
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: VisualData) => last.next,
    placeholderData: keepPreviousData,
    // Comparing fifty thousand rows with each other would cost more than it saves.
    structuralSharing: false,
  });

  const pages = query.data?.pages;
  const rows = useMemo(() => toRows(pages ?? []), [pages]);
  const fresh = useFresh(rows, pages, requestKey, query.isPlaceholderData);

  /** Fetches the row's own page again and finds the row's offer there; the table follows. */
  const renew = useCallback(
    async (
      row: TableRow,
      action: string,
      changes: Change[],
    ): Promise<{ row: TableRow; offer: Offer } | undefined> => {
      const after = client.getQueryData<{ pageParams: (string | undefined)[] }>(queryKey)?.pageParams[
        row.page
      ];
      const page = await fetchPage(after);
      refreshVisuals(client, new Set([dataset]));
      const found = findRow(row, page, changes);
      const offer = sameOffer(found, action);
      return found && offer ? { row: found, offer } : undefined;
    },
    [client, queryKey, fetchPage, dataset],
  );

  return { ...query, rows, fresh, renew, requestKey, first: pages?.[0], asOf: pages?.[0]?.asOf };
}

/** Which rows came with the last refetch, for a moment. */
function useFresh(
  rows: TableRow[],
  pages: VisualData[] | undefined,
  requestKey: string,
  placeholder: boolean,
) {
  const before = useRef<{ rows: TableRow[]; pages: number; whole: boolean; key: string }>(undefined);
  const [fresh, setFresh] = useState<Set<string>>(new Set());
  useEffect(() => {
    if (!pages || placeholder) return;
    const last = before.current;
    before.current = { rows, pages: pages.length, whole: pages.at(-1)?.next === undefined, key: requestKey };
    if (!last || last.key !== requestKey || last.pages !== pages.length) return;
    const ids = newIds(last.rows, rows, last.whole);
    if (ids.size > 0) setFresh(ids);
  }, [rows, pages, requestKey, placeholder]);
  useEffect(() => {
    if (fresh.size === 0) return;
    const timer = setTimeout(() => setFresh(new Set()), markedFor);
    return () => clearTimeout(timer);
  }, [fresh]);
  return fresh;
}
