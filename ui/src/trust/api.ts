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
  KeyUsage,
  KeyUse,
  ManagedPolicy,
  ManagedView,
  Member,
  MemberPage,
  NewAccessKey,
  NewGrant,
  NewRole,
  NewUser,
  PolicyPage,
  PolicyVersion,
  SignInLink,
  Tag,
  UserChange,
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
  usageOf: (key: string, signal: Signal) => get<KeyUsage>(`/keys/${id(key)}/usage`, signal),
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
  createGrant: (key: string, grant: NewGrant) => post<{ id: string }>(`/keys/${id(key)}/grants`, grant),
  revokeGrant: (key: string, grant: string) => call<void>("DELETE", `/keys/${id(key)}/grants/${id(grant)}`),
  retireGrant: (key: string, grant: string) => post<void>(`/keys/${id(key)}/grants/${id(grant)}/retirement`),
  createAlias: (key: string, alias: string) => post<Key>(`/keys/${id(key)}/aliases`, { alias }),
  moveAlias: (key: string, alias: string) => call<Key>("PUT", `/keys/${id(key)}/aliases`, { alias }),
  removeAlias: (alias: string) => call<void>("DELETE", `/key-aliases${query({ alias })}`),
  setKeyDescription: (key: string, description: string) =>
    call<Key>("PUT", `/keys/${id(key)}/description`, { description }),
  setKeyTags: (key: string, tags: Tag[]) => call<Key>("PUT", `/keys/${id(key)}/tags`, { tags }),
  explainKey: (key: string, question: { principal: string; action: string; policy?: string }) =>
    post<Explanation>(`/keys/${id(key)}/explain`, question),

  users: (after: string | undefined, signal: Signal) =>
    get<MemberPage>(`/access/users${query({ limit: 200, after })}`, signal),
  user: (name: string, signal: Signal) => get<Member>(`/access/users/${id(name)}`, signal),
  createUser: (user: NewUser) => post<Member>("/access/users", user),
  changeUser: (name: string, change: UserChange) =>
    call<Member>("PATCH", `/access/users/${id(name)}`, change),
  createLink: (name: string, hours: number) => post<SignInLink>(`/access/users/${id(name)}/links`, { hours }),
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
  createGroup: (name: string) => post<Entity>("/access/groups", { name }),
  addMember: (group: string, user: string) => post<void>(`/access/groups/${id(group)}/members`, { user }),
  removeMember: (group: string, user: string) =>
    call<void>("DELETE", `/access/groups/${id(group)}/members/${id(user)}`),
  createRole: (role: NewRole) => post<Entity>("/access/roles", role),
  changeRole: (name: string, change: { description?: string; maxSession?: number }) =>
    call<void>("PATCH", `/access/roles/${id(name)}`, change),
  putTrust: (name: string, policy: string) =>
    call<void>("PUT", `/access/roles/${id(name)}/trust`, { policy }),
  remove: (kind: Kind, name: string) => call<void>("DELETE", `/access/${kind}/${id(name)}`),
  setBoundary: (kind: Kind, name: string, arn: string) =>
    call<void>("PUT", `/access/${kind}/${id(name)}/boundary`, { arn }),
  setTags: (kind: Kind, name: string, tags: Tag[]) =>
    call<void>("PUT", `/access/${kind}/${id(name)}/tags`, { tags }),
  policies: (kind: Kind, name: string, signal: Signal) =>
    get<EntityPolicies>(`/access/${kind}/${id(name)}/policies`, signal),
  attach: (kind: Kind, name: string, arn: string) =>
    post<void>(`/access/${kind}/${id(name)}/policies`, { arn }),
  detach: (kind: Kind, name: string, arn: string) =>
    call<void>("DELETE", `/access/${kind}/${id(name)}/policies${query({ arn })}`),
  inlinePolicy: (kind: Kind, name: string, policy: string, signal: Signal) =>
    get<{ policy: string }>(`/access/${kind}/${id(name)}/policies/${id(policy)}`, signal),
  putInline: (kind: Kind, name: string, policy: string, text: string) =>
    call<void>("PUT", `/access/${kind}/${id(name)}/policies/${id(policy)}`, { policy: text }),
  removeInline: (kind: Kind, name: string, policy: string) =>
    call<void>("DELETE", `/access/${kind}/${id(name)}/policies/${id(policy)}`),
  managedPolicies: (after: string | undefined, signal: Signal) =>
    get<PolicyPage>(`/access/policies${query({ limit: 200, after })}`, signal),
  managedPolicy: (arn: string, version: string, signal: Signal) =>
    get<{ policy: string }>(`/access/policy${query({ arn, version })}`, signal),
  policyView: (arn: string, signal: Signal) =>
    get<ManagedView>(`/access/policy/about${query({ arn })}`, signal),
  createPolicy: (policy: { name: string; description?: string; policy: string }) =>
    post<ManagedPolicy>("/access/policies", policy),
  removePolicy: (arn: string) => call<void>("DELETE", `/access/policies${query({ arn })}`),
  createVersion: (arn: string, policy: string, counts: boolean) =>
    post<PolicyVersion>(`/access/policy/versions${query({ arn })}`, { policy, default: counts }),
  setDefaultVersion: (arn: string, version: string) =>
    call<void>("PUT", `/access/policy/default${query({ arn, version })}`),
  removeVersion: (arn: string, version: string) =>
    call<void>("DELETE", `/access/policy/versions${query({ arn, version })}`),
  explain: (question: { principal?: string; action: string; resource?: string; policy?: string }) =>
    post<Explanation>("/access/explain", question),
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
