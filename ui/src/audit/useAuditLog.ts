import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { type AuditPage, auditLog } from "./api";
import { type AuditFilters, isCrossed, requestOf } from "./filters";

/** A search may go through much of the log and find nothing; after so many empty pages somebody must want more. */
const mostEmpty = 4;

/** The events that fit the filters, page after page. Each page is itself an event, so none is fetched without need. */
export function useAuditLog(filters: AuditFilters) {
  const client = useQueryClient();
  const key = JSON.stringify(filters);
  const queryKey = useMemo(() => ["audit", key], [key]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => auditLog.events(requestOf(filters, Date.now()), pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    enabled: !isCrossed(filters),
    placeholderData: keepPreviousData,
    // The log grows all the time: who comes back looks anew.
    gcTime: 0,
    structuralSharing: false,
  });
  const { hasNextPage, isFetching, isError, fetchNextPage, refetch } = query;
  const pages = query.data?.pages;
  const items = useMemo(() => (pages ?? []).flatMap((page) => page.items), [pages]);

  const older = useCallback(() => {
    if (hasNextPage && !isFetching) fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const nearEnd = useCallback(() => {
    if (!isError && !isEmptyAtEnd(pages)) older();
  }, [isError, pages, older]);
  useEffect(() => {
    if (items.length === 0) nearEnd();
  }, [items.length, nearEnd]);

  /** Only the first page: what is further down is fetched again as one scrolls. */
  const again = useCallback(() => {
    client.setQueryData<InfiniteData<AuditPage>>(queryKey, (data) =>
      data ? { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) } : data,
    );
    refetch();
  }, [client, queryKey, refetch]);

  return { ...query, items, key, asOf: pages?.[0]?.asOf, older, nearEnd, again };
}

function isEmptyAtEnd(pages: AuditPage[] | undefined): boolean {
  const last = pages?.slice(-mostEmpty) ?? [];
  return last.length === mostEmpty && last.every((page) => page.items.length === 0);
}
