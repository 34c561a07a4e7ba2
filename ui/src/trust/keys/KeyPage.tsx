import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Key } from "../../api/types";
import { Page } from "../../frame/Page";
import { useMe } from "../../session/session";
import { CopyIcon } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { keyQuery } from "../queries";
import { Tags } from "../Tags";
import classes from "../trust.module.css";
import { When } from "../When";
import { keyName, specWords, usageWords } from "../words";
import { KeyAliases } from "./KeyAliases";
import { KeyDescription } from "./KeyDescription";
import { KeyEvents } from "./KeyEvents";
import { KeyGrants } from "./KeyGrants";
import { KeyLock } from "./KeyLock";
import { KeyPolicy } from "./KeyPolicy";
import { KeyRotation } from "./KeyRotation";
import { KeyUsage } from "./KeyUsage";

export function KeyPage() {
  const { id = "" } = useParams({ strict: false });
  const query = useQuery(keyQuery(id));
  const title = query.data ? keyName(query.data) : "Key";
  return (
    <Page title={title} crumbs={[{ label: "Keys", to: "/keys" }]}>
      <Loaded query={query} lines={8} whole>
        {(key) => <KeyBody value={key} key={key.id} />}
      </Loaded>
    </Page>
  );
}

function KeyBody({ value: key }: { value: Key }) {
  const { may } = useMe();
  return (
    <div className={classes.page}>
      <KeyLock value={key} />
      <div className={classes.columns}>
        <div className={classes.stack}>
          <KeyFacts value={key} />
          {key.rotation && <KeyRotation value={key} rotation={key.rotation} />}
          <KeyAliases value={key} />
          {key.may.includes("ListGrants") && <KeyGrants value={key} />}
          <Tags
            name={keyName(key)}
            tags={key.tags}
            mayEdit={
              key.state !== "PendingDeletion" &&
              key.may.includes("TagResource") &&
              key.may.includes("UntagResource")
            }
            save={(tags) => trust.setKeyTags(key.id, tags)}
            touches={[["key", key.id], ["keys"]]}
          />
        </div>
        <div className={classes.stack}>
          {key.may.includes("GetKeyPolicy") && <KeyPolicy value={key} />}
          {may.audit && <KeyUsage value={key} />}
          {may.audit && <KeyEvents value={key} />}
        </div>
      </div>
    </div>
  );
}

function KeyFacts({ value: key }: { value: Key }) {
  const [describing, setDescribing] = useState(false);
  return (
    <Card
      title="What it is"
      actions={
        key.state !== "PendingDeletion" &&
        key.may.includes("UpdateKeyDescription") && (
          <Button size="xs" variant="default" onClick={() => setDescribing(true)}>
            Describe…
          </Button>
        )
      }
    >
      <dl className={classes.facts}>
        <dt>Description</dt>
        <dd>{key.description || "none"}</dd>
        <dt>Kind</dt>
        <dd>
          {specWords(key.spec)}, {usageWords(key.usage)}
          {key.origin === "EXTERNAL" ? ", with imported material" : ""}
          {key.origin === "EXTERNAL_KEY_STORE" ? ", with material that lives outside" : ""}
        </dd>
        {key.manager !== "CUSTOMER" && (
          <>
            <dt>Kept by</dt>
            <dd>one of Signet’s own services: nobody can change it</dd>
          </>
        )}
        <dt>Created</dt>
        <dd>
          <When at={key.createdAt} />
        </dd>
        {key.expiresAt && (
          <>
            <dt>Material ends</dt>
            <dd>
              <When at={key.expiresAt} />
            </dd>
          </>
        )}
        <dt>Id</dt>
        <dd>
          <span className="mono">{key.id}</span> <CopyIcon value={key.id} label="Copy key id" />
        </dd>
        <dt>ARN</dt>
        <dd>
          <span className="mono">{key.arn}</span> <CopyIcon value={key.arn} label="Copy ARN" />
        </dd>
      </dl>
      {describing && <KeyDescription value={key} onClose={() => setDescribing(false)} />}
    </Card>
  );
}
