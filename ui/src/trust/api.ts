import { call, id, query } from "../api/client";
import type {
  AccessKey,
  Entity,
  EntityPage,
  EntityPolicies,
  Explanation,
  GrantPage,
  Key,
  KeyPage,
  KeyUse,
  ManagedPolicy,
  Member,
  MemberPage,
  NewAccessKey,
  PolicyPage,
  UserSession,
} from "../api/types";

type Signal = AbortSignal | undefined;
type Items<T> = { items: T[] };

/** Users, groups and roles, as paths name them. */
export type Kind = "users" | "groups" | "roles";

const get = <T>(path: string, signal: Signal) => call<T>("GET", path, undefined, signal);
const post = <T>(path: string, body?: unknown) => call<T>("POST", path, body);

/** The requests of the pages about keys and access. */
export const trust = {
  keys: (after: string | undefined, signal: Signal) =>
    get<KeyPage>(`/keys${query({ limit: 100, after })}`, signal),
  key: (key: string, signal: Signal) => get<Key>(`/keys/${id(key)}`, signal),
  lastUses: (signal: Signal) => get<Items<KeyUse>>("/key-uses", signal),
  usesOf: (key: string, signal: Signal) => get<Items<KeyUse>>(`/keys/${id(key)}/uses?limit=30`, signal),
  grants: (key: string, after: string | undefined, signal: Signal) =>
    get<GrantPage>(`/keys/${id(key)}/grants${query({ limit: 100, after })}`, signal),
  keyPolicy: (key: string, signal: Signal) => get<{ policy: string }>(`/keys/${id(key)}/policy`, signal),
  createKey: (key: { alias?: string; description?: string }) => post<Key>("/keys", key),
  enableKey: (key: string) => post<Key>(`/keys/${id(key)}/enable`),
  disableKey: (key: string) => post<Key>(`/keys/${id(key)}/disable`),
  deleteKey: (key: string, days: number) => post<Key>(`/keys/${id(key)}/deletion`, { days }),
  keepKey: (key: string) => call<Key>("DELETE", `/keys/${id(key)}/deletion`),
  rotateKey: (key: string) => post<Key>(`/keys/${id(key)}/rotations`),
  setRotation: (key: string, days: number) => call<Key>("PUT", `/keys/${id(key)}/rotation`, { days }),
  putKeyPolicy: (key: string, policy: string) => call<void>("PUT", `/keys/${id(key)}/policy`, { policy }),
  explainKey: (key: string, question: { principal: string; action: string; policy?: string }) =>
    post<Explanation>(`/keys/${id(key)}/explain`, question),

  users: (after: string | undefined, signal: Signal) =>
    get<MemberPage>(`/access/users${query({ limit: 200, after })}`, signal),
  user: (name: string, signal: Signal) => get<Member>(`/access/users/${id(name)}`, signal),
  setDisabled: (name: string, disabled: boolean) =>
    call<void>("PUT", `/access/users/${id(name)}/disabled`, { disabled }),
  accessKeys: (name: string, signal: Signal) =>
    get<Items<AccessKey>>(`/access/users/${id(name)}/keys`, signal),
  createAccessKey: (name: string) => post<NewAccessKey>(`/access/users/${id(name)}/keys`),
  setAccessKey: (name: string, key: string, active: boolean) =>
    call<void>("PUT", `/access/users/${id(name)}/keys/${id(key)}`, { active }),
  deleteAccessKey: (name: string, key: string) =>
    call<void>("DELETE", `/access/users/${id(name)}/keys/${id(key)}`),
  sessions: (name: string, signal: Signal) =>
    get<Items<UserSession>>(`/access/users/${id(name)}/sessions`, signal),
  endSession: (name: string, session: string) =>
    call<void>("DELETE", `/access/users/${id(name)}/sessions/${id(session)}`),

  entities: (kind: "groups" | "roles", after: string | undefined, signal: Signal) =>
    get<EntityPage>(`/access/${kind}${query({ limit: 200, after })}`, signal),
  entity: (kind: "groups" | "roles", name: string, signal: Signal) =>
    get<Entity>(`/access/${kind}/${id(name)}`, signal),
  policies: (kind: Kind, name: string, signal: Signal) =>
    get<EntityPolicies>(`/access/${kind}/${id(name)}/policies`, signal),
  attach: (kind: Kind, name: string, arn: string) =>
    post<void>(`/access/${kind}/${id(name)}/policies`, { arn }),
  detach: (kind: Kind, name: string, arn: string) =>
    call<void>("DELETE", `/access/${kind}/${id(name)}/policies${query({ arn })}`),
  inlinePolicy: (kind: Kind, name: string, policy: string, signal: Signal) =>
    get<{ policy: string }>(`/access/${kind}/${id(name)}/policies/${id(policy)}`, signal),
  managedPolicies: async (signal: Signal): Promise<ManagedPolicy[]> =>
    (await pages((after) => get<PolicyPage>(`/access/policies${query({ limit: 200, after })}`, signal)))
      .items,
  managedPolicy: (arn: string, signal: Signal) =>
    get<{ policy: string }>(`/access/policy${query({ arn })}`, signal),
};

/** More than this is not read into one table; it says so. */
export const most = 1000;

export interface Whole<T> {
  items: T[];
  /** there are more than are here */
  cut: boolean;
}

/** Reads a list page by page. */
export async function pages<T>(
  page: (after: string | undefined) => Promise<{ items: T[]; next?: string }>,
): Promise<Whole<T>> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const got = await page(after);
    items.push(...got.items);
    after = got.next;
  } while (after && items.length < most);
  return { items, cut: after !== undefined && after !== "" };
}
