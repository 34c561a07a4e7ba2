import { queryOptions } from "@tanstack/react-query";
import { type Kind, pages, trust } from "./api";

/** Nothing tells this page when others change a key or a user, so each visit asks again. */
const fresh = { staleTime: 0 } as const;

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  ...fresh,
  queryFn: async ({ signal }) => {
    let first = { mayCreate: false, region: "" };
    const whole = await pages(async (after) => {
      const page = await trust.keys(after, signal);
      if (!after) first = page;
      return page;
    });
    return { ...whole, mayCreate: first.mayCreate, region: first.region };
  },
});

export const lastUsesQuery = queryOptions({
  queryKey: ["key uses"],
  ...fresh,
  queryFn: async ({ signal }) => (await trust.lastUses(signal)).items,
});

export const keyQuery = (id: string) =>
  queryOptions({ queryKey: ["key", id], ...fresh, queryFn: ({ signal }) => trust.key(id, signal) });

export const keyUsesQuery = (id: string) =>
  queryOptions({
    queryKey: ["key", id, "uses"],
    ...fresh,
    queryFn: async ({ signal }) => (await trust.usesOf(id, signal)).items,
  });

export const keyUsageQuery = (id: string) =>
  queryOptions({
    queryKey: ["key", id, "usage"],
    ...fresh,
    queryFn: ({ signal }) => trust.usageOf(id, signal),
  });

export const grantsQuery = (id: string) =>
  queryOptions({
    queryKey: ["key", id, "grants"],
    ...fresh,
    queryFn: ({ signal }) => pages((after) => trust.grants(id, after, signal)),
  });

export const keyPolicyQuery = (id: string) =>
  queryOptions({
    queryKey: ["key", id, "policy"],
    ...fresh,
    queryFn: async ({ signal }) => (await trust.keyPolicy(id, signal)).policy,
  });

/** A list whose pages also say whether one may add to it. */
async function listed<T>(
  page: (after: string | undefined) => Promise<{ items: T[]; next?: string; mayCreate: boolean }>,
) {
  let mayCreate = false;
  const whole = await pages(async (after) => {
    const got = await page(after);
    ({ mayCreate } = got);
    return got;
  });
  return { ...whole, mayCreate };
}

export const usersQuery = queryOptions({
  queryKey: ["users"],
  ...fresh,
  queryFn: ({ signal }) => listed((after) => trust.users(after, signal)),
});

export const userQuery = (name: string) =>
  queryOptions({ queryKey: ["user", name], ...fresh, queryFn: ({ signal }) => trust.user(name, signal) });

export const accessKeysQuery = (name: string) =>
  queryOptions({
    queryKey: ["user", name, "keys"],
    ...fresh,
    queryFn: async ({ signal }) => (await trust.accessKeys(name, signal)).items,
  });

export const sessionsQuery = (name: string) =>
  queryOptions({
    queryKey: ["user", name, "sessions"],
    ...fresh,
    queryFn: async ({ signal }) => (await trust.sessions(name, signal)).items,
  });

export const entitiesQuery = (kind: "groups" | "roles") =>
  queryOptions({
    queryKey: [kind],
    ...fresh,
    queryFn: ({ signal }) => listed((after) => trust.entities(kind, after, signal)),
  });

export const entityQuery = (kind: "groups" | "roles", name: string) =>
  queryOptions({
    queryKey: [kind, name],
    ...fresh,
    queryFn: ({ signal }) => trust.entity(kind, name, signal),
  });

export const policiesQuery = (kind: Kind, name: string) =>
  queryOptions({
    queryKey: ["policies", kind, name, "all"],
    ...fresh,
    queryFn: ({ signal }) => trust.policies(kind, name, signal),
  });

export const managedPoliciesQuery = queryOptions({
  queryKey: ["policies"],
  ...fresh,
  queryFn: ({ signal }) => listed((after) => trust.managedPolicies(after, signal)),
});

export const policyViewQuery = (arn: string) =>
  queryOptions({
    queryKey: ["policies", arn],
    ...fresh,
    queryFn: ({ signal }) => trust.policyView(arn, signal),
  });

export const versionTextQuery = (arn: string, version: string) =>
  queryOptions({
    queryKey: ["policies", arn, version],
    ...fresh,
    queryFn: async ({ signal }) => (await trust.managedPolicy(arn, version, signal)).policy,
  });

/** The text of a managed policy, by its ARN, or of one that belongs to its owner only, by name. */
export const policyTextQuery = (kind: Kind, name: string, policy: { arn?: string; inline?: string }) =>
  queryOptions({
    queryKey: ["policies", kind, name, policy],
    ...fresh,
    queryFn: async ({ signal }) => {
      const found = policy.arn
        ? trust.managedPolicy(policy.arn, "", signal)
        : trust.inlinePolicy(kind, name, policy.inline ?? "", signal);
      return (await found).policy;
    },
  });
