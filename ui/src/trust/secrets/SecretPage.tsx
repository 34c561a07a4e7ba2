import { useQuery } from "@tanstack/react-query";
import type { Secret } from "../../api/types";
import { Page } from "../../frame/Page";
import { useMe } from "../../session/session";
import { Loaded } from "../Loaded";
import { Tags } from "../Tags";
import classes from "../trust.module.css";
import { secretQuery, vault } from "./api";
import { Rotation } from "./Rotation";
import { SecretFacts } from "./SecretFacts";
import { SecretHead } from "./SecretHead";
import { SecretPolicy } from "./SecretPolicy";
import { SecretValue } from "./SecretValue";
import { Versions } from "./Versions";
import { WhoMayRead } from "./WhoMayRead";
import { WhoRead } from "./WhoRead";

export function SecretPage({ name }: { name: string }) {
  const query = useQuery(secretQuery(name));
  return (
    <Page title={query.data?.name ?? name} crumbs={[{ label: "Secrets", to: "/secrets" }]}>
      <Loaded query={query} lines={8} whole>
        {(secret) => <Body value={secret} />}
      </Loaded>
    </Page>
  );
}

/** Whether the person may do an operation on the secret, and whether its state lets anybody. */
export function mayDo(secret: Secret, operation: string): boolean {
  const waits = secret.state === "deleting";
  const always = ["RestoreSecret", "ListSecretVersionIds", "GetResourcePolicy"];
  return (secret.may ?? []).includes(operation) && (!waits || always.includes(operation));
}

function Body({ value: secret }: { value: Secret }) {
  const { may, role } = useMe();
  const mayPolicy = mayDo(secret, "GetResourcePolicy");
  const facts = (
    <>
      <SecretFacts value={secret} />
      <Tags
        name={secret.name}
        tags={secret.tags}
        mayEdit={mayDo(secret, "TagResource") && mayDo(secret, "UntagResource")}
        save={(tags) => vault.tag(secret.name, tags)}
        touches={[["secret", secret.name], ["secrets"]]}
      />
    </>
  );
  // Who may see nothing of policies and readings has the facts in their place.
  const beside = may.audit || mayPolicy;
  return (
    <div className={classes.page}>
      <SecretHead value={secret} />
      <div className={classes.columns}>
        <div className={classes.stack}>
          <SecretValue value={secret} />
          {mayDo(secret, "ListSecretVersionIds") && <Versions value={secret} />}
          <Rotation value={secret} />
          {beside && facts}
        </div>
        <div className={classes.stack}>
          {!beside && facts}
          {may.audit && <WhoRead value={secret} />}
          {role === "admin" && mayPolicy && <WhoMayRead value={secret} />}
          {mayPolicy && <SecretPolicy value={secret} />}
        </div>
      </div>
    </div>
  );
}
