import { useQuery } from "@tanstack/react-query";
import { accountOf } from "../policyTemplates";
import { usersQuery } from "../queries";

/** The number of the account that everything here is in. */
export function useAccount(): string {
  const { data } = useQuery(usersQuery);
  return accountOf(data?.items[0]?.arn ?? "");
}
