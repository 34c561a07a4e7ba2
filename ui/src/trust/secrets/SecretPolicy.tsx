import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Secret } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { Card } from "../Card";
import { Explain } from "../Explain";
import { Loaded } from "../Loaded";
import { PolicyEditor } from "../PolicyEditor";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { secretPolicyQuery, vault } from "./api";
import { mayDo } from "./SecretPage";

const actions = [
  "GetSecretValue",
  "PutSecretValue",
  "DescribeSecret",
  "UpdateSecret",
  "RotateSecret",
  "UpdateSecretVersionStage",
  "DeleteSecret",
  "PutResourcePolicy",
].map((name) => `secretsmanager:${name}`);

/** The secret's own policy, beside those of users, groups and roles. */
export function SecretPolicy({ value: secret }: { value: Secret }) {
  const query = useQuery(secretPolicyQuery(secret.name));
  const [writing, setWriting] = useState(false);
  const mayPut = mayDo(secret, "PutResourcePolicy");
  const touches = [["secret", secret.name]];
  const remove = useChange({
    run: () => vault.removePolicy(secret.name),
    touches,
    said: "The policy is gone. From the next request on, only those of users, groups and roles count.",
    done: () => setWriting(false),
  });
  const explain = (draft: string | undefined) => (
    <Explain
      actions={actions}
      usual="secretsmanager:GetSecretValue"
      draft={draft}
      ask={(question) => vault.explain(secret.name, question)}
    />
  );
  return (
    <Card
      title="Policy"
      actions={
        query.data === "" &&
        !writing &&
        mayPut && (
          <Button size="xs" variant="default" onClick={() => setWriting(true)}>
            Write a policy
          </Button>
        )
      }
    >
      {remove.problem && <ProblemPanel doing="managing" problem={remove.problem} />}
      <Loaded query={query} lines={6}>
        {(saved) =>
          saved === "" && !writing ? (
            <>
              <p className={classes.note}>None of its own: the policies of users, groups and roles decide.</p>
              {explain(undefined)}
            </>
          ) : (
            <PolicyEditor
              key={saved === "" ? "new" : "saved"}
              label="Policy of the secret"
              saved={saved}
              {...(saved === "" ? { first: firstPolicy(secret) } : {})}
              onDiscard={() => setWriting(false)}
              mayPut={mayPut}
              put={(text) => vault.putPolicy(secret.name, text)}
              touches={touches}
              tools={
                saved !== "" &&
                mayDo(secret, "DeleteResourcePolicy") && (
                  <div className={classes.buttons}>
                    <Button
                      size="xs"
                      variant="default"
                      color="red"
                      loading={remove.busy}
                      onClick={() => remove.go()}
                    >
                      Remove policy
                    </Button>
                  </div>
                )
              }
            >
              {explain}
            </PolicyEditor>
          )
        }
      </Loaded>
    </Card>
  );
}

/** What most policies of a secret are: who else may read it. NAME is to be filled in. */
function firstPolicy({ arn }: Secret): string {
  const account = arn.split(":")[4] ?? "";
  return JSON.stringify(
    {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Readers",
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:user/NAME` },
          Action: "secretsmanager:GetSecretValue",
          Resource: "*",
        },
      ],
    },
    null,
    2,
  );
}
