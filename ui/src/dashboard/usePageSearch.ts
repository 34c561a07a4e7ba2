import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Search } from "./urlState";

/** Changes the address: a step that back can undo, or a silent one while someone is typing. */
export type SetSearch = (change: (search: Search) => Search, silent?: boolean) => void;

export function usePageSearch(): [Search, SetSearch] {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const setSearch = useCallback<SetSearch>(
    (change, silent = false) => {
      navigate({
        to: ".",
        search: ((now: Search) => change(now)) as never,
        replace: silent,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, setSearch];
}
