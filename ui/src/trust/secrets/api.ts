import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { call, query } from "../../api/client";
import type {
  Explanation,
  NextWindow,
  Revealed,
  RotationStep,
  Secret,
  SecretPage,
  SecretReaders,
  SecretReading,
  SecretVersion,
  Tag,
} from "../../api/types";
import { pages } from "../api";

type Signal = AbortSignal | undefined;

/** The address of a part of a secret: its name may hold slashes and dots, so it stands in the query. */
const at = (name: string, part = "", more: Record<string, string | number | undefined> = {}) =>
  `/secret${part}${query({ name, ...more })}`;
const get = <T>(path: string, signal: Signal) => call<T>("GET", path, undefined, signal);
const post = <T>(path: string, body?: unknown) => call<T>("POST", path, body);
const put = <T>(path: string, body: unknown) => call<T>("PUT", path, body);

export interface NewSecretRequest {
  name: string;
  description?: string;
  key?: string;
  tags?: Tag[];
  text?: string;
}

export interface RotationRequest {
  rotator: string;
  schedule: string;
  window?: string;
  now: boolean;
}

export interface ListRequest {
  words: string;
  state: string;
}

/** The requests of the page about secrets. What reveal and password answer is kept in no cache: see useReveal. */
export const vault = {
  list: ({ words, state }: ListRequest, after: string | undefined, signal: Signal) =>
    get<SecretPage>(`/secrets${query({ limit: 100, words, state, after })}`, signal),
  create: (secret: NewSecretRequest) => post<Secret>("/secrets", secret),
  password: (plan: { length: number; exclude?: string; noPunctuation?: boolean }) =>
    post<{ password: string }>("/secrets/password", plan),
  one: (name: string, signal: Signal) => get<Secret>(at(name), signal),
  update: (name: string, change: { description?: string; key?: string }) => put<Secret>(at(name), change),
  tag: (name: string, tags: Tag[]) => put<Secret>(at(name, "/tags"), { tags }),
  versions: (name: string, after: string | undefined, signal: Signal) =>
    get<{ items: SecretVersion[]; next?: string }>(at(name, "/versions", { limit: 100, after }), signal),
  put: (name: string, text: string) => post<Secret>(at(name, "/versions"), { text }),
  reveal: (name: string, version: string | undefined, signal: Signal) =>
    call<Revealed>("POST", at(name, "/reveal"), version ? { version } : {}, signal),
  moveStage: (name: string, stage: string, from: string | undefined, to: string | undefined) =>
    put<Secret>(at(name, "/stage"), { stage, ...(from ? { from } : {}), ...(to ? { to } : {}) }),
  rotate: (name: string) => post<Secret>(at(name, "/rotations")),
  steps: (name: string, signal: Signal) => get<{ items: RotationStep[] }>(at(name, "/rotations"), signal),
  plan: (name: string, plan: RotationRequest) => put<Secret>(at(name, "/rotation"), plan),
  endRotation: (name: string) => call<Secret>("DELETE", at(name, "/rotation")),
  next: (name: string, schedule: string, window: string, signal: Signal) =>
    get<NextWindow>(at(name, "/schedule", { schedule, window }), signal),
  remove: (name: string, days: number) => post<Secret>(at(name, "/deletion"), { days }),
  restore: (name: string) => call<Secret>("DELETE", at(name, "/deletion")),
  policy: (name: string, signal: Signal) => get<{ policy: string }>(at(name, "/policy"), signal),
  putPolicy: (name: string, policy: string) => put<void>(at(name, "/policy"), { policy }),
  removePolicy: (name: string) => call<void>("DELETE", at(name, "/policy")),
  explain: (name: string, question: { principal: string; action: string; policy?: string }) =>
    post<Explanation>(at(name, "/explain"), question),
  readers: (name: string, signal: Signal) => get<SecretReaders>(at(name, "/readers"), signal),
  reads: (name: string, signal: Signal) =>
    get<{ items: SecretReading[]; more: boolean }>(at(name, "/reads", { limit: 10 }), signal),
};

/** Nothing tells this page when others change a secret, so each visit asks again. */
const fresh = { staleTime: 0 } as const;

export const secretsQuery = (asked: ListRequest) =>
  infiniteQueryOptions({
    queryKey: ["secrets", asked],
    ...fresh,
    queryFn: ({ pageParam, signal }) => vault.list(asked, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: SecretPage) => last.next || undefined,
  });

/** How often a rotation is looked after: most end within seconds, and each look is an event. */
export function pace(secret: Secret | undefined): number | false {
  if (secret?.state !== "rotating") return false;
  return Date.now() - Date.parse(secret.changedAt) < 20_000 ? 1_000 : 5_000;
}

export const secretQuery = (name: string) =>
  queryOptions({
    queryKey: ["secret", name],
    ...fresh,
    queryFn: ({ signal }) => vault.one(name, signal),
    // A rotation under way is followed to its end; a server that does not answer is not pressed.
    refetchInterval: ({ state }) => (state.error ? false : pace(state.data)),
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: ["secret", name, "versions"],
    ...fresh,
    queryFn: ({ signal }) => pages((after) => vault.versions(name, after, signal)),
  });

export const stepsQuery = (name: string) =>
  queryOptions({
    queryKey: ["secret", name, "steps"],
    ...fresh,
    queryFn: async ({ signal }) => (await vault.steps(name, signal)).items,
  });

export const nextQuery = (name: string, schedule: string, window: string) =>
  queryOptions({
    queryKey: ["secret", name, "next", schedule, window],
    ...fresh,
    retry: false,
    queryFn: ({ signal }) => vault.next(name, schedule, window, signal),
  });

export const secretPolicyQuery = (name: string) =>
  queryOptions({
    queryKey: ["secret", name, "policy"],
    ...fresh,
    queryFn: async ({ signal }) => (await vault.policy(name, signal)).policy,
  });

export const readersQuery = (name: string) =>
  queryOptions({
    queryKey: ["secret", name, "readers"],
    ...fresh,
    queryFn: ({ signal }) => vault.readers(name, signal),
  });

export const readsQuery = (name: string) =>
  queryOptions({
    queryKey: ["secret", name, "reads"],
    ...fresh,
    queryFn: ({ signal }) => vault.reads(name, signal),
  });

/** What a reading changes on the page: who read it and when, and whether it could be read at all. */
export function readAnew(client: QueryClient, name: string) {
  client.invalidateQueries({ queryKey: ["secret", name], exact: true });
  client.invalidateQueries({ queryKey: ["secret", name, "versions"] });
  client.invalidateQueries({ queryKey: ["secret", name, "reads"] });
}
