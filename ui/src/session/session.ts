import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { meQuery, queryClient } from "../api/queries";
import type { Me } from "../api/types";
import { drafts } from "../writeback/entry";

/** The person who is signed in; only pages behind the sign-in use it. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("useMe outside of the signed-in pages");
  return data;
}

/** Nothing that one person was shown may be found by the next. */
export function beginSession(me: Me) {
  forget();
  drafts.belongTo(me.id);
  queryClient.setQueryData(meQuery.queryKey, me);
}

export function endSession() {
  forget();
  queryClient.setQueryData(meQuery.queryKey, null);
}

function forget() {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
}

export async function signOut() {
  await api.signOut();
  drafts.belongTo("");
  endSession();
}

/** Where to go after signing in: only a path of this app, never another site. */
export function safeNext(next: string | undefined): string {
  if (!next?.startsWith("/") || next.startsWith("//") || next.includes("\\")) return "/dashboards";
  return next.startsWith("/signin") || next.startsWith("/setup") ? "/dashboards" : next;
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "")][0]?.toUpperCase() ?? "").join("");
}
