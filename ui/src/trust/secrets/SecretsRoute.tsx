import { usePageSearch } from "../../dashboard/usePageSearch";
import { SecretPage } from "./SecretPage";
import { SecretsPage } from "./SecretsPage";

/** The list, or the secret that the address names: ?name=team/app. A path could not hold every name. */
export function SecretsRoute() {
  const [search] = usePageSearch();
  const name = search.name?.[0] ?? "";
  return name === "" ? <SecretsPage /> : <SecretPage name={name} key={name} />;
}
