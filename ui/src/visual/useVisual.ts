import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Dashboard, QueryRequest, Visual } from "../api/types";
import { queryFilters, type Search } from "../dashboard/urlState";

/** The data of a visual that fits in one answer: a number, a bar or line chart. */
export function useVisual(dashboard: Dashboard, visual: Visual, search: Search) {
  const request: QueryRequest = { filters: queryFilters(search, dashboard.filters) };
  return useQuery({
    queryKey: ["visual", dashboard.id, visual.id, request],
    meta: { dataset: visual.dataset },
    queryFn: ({ signal }) => api.visual(dashboard.id, visual.id, request, signal),
    placeholderData: keepPreviousData,
  });
}
