import { useQuery } from "@tanstack/react-query";
import type { Key } from "../../api/types";
import { trust } from "../api";
import { Card } from "../Card";
import { Explain } from "../Explain";
import { Loaded } from "../Loaded";
import { PolicyEditor } from "../PolicyEditor";
import { keyPolicyQuery } from "../queries";

const actions = [
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:GenerateDataKey",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:CreateGrant",
];

/** Who may do what with the key. */
export function KeyPolicy({ value: key }: { value: Key }) {
  const query = useQuery(keyPolicyQuery(key.id));
  return (
    <Card title="Policy">
      <Loaded query={query} lines={8}>
        {(saved) => (
          <PolicyEditor
            label="Policy of the key"
            saved={saved}
            mayPut={key.may.includes("PutKeyPolicy")}
            put={(text) => trust.putKeyPolicy(key.id, text)}
            touches={[["key", key.id]]}
          >
            {(draft) =>
              key.may.includes("ListGrants") && (
                <Explain
                  actions={actions}
                  usual="kms:Decrypt"
                  draft={draft}
                  ask={(question) => trust.explainKey(key.id, question)}
                  denied={
                    key.grants > 0 &&
                    "The question has no encryption context, so grants that want one do not count."
                  }
                />
              )
            }
          </PolicyEditor>
        )}
      </Loaded>
    </Card>
  );
}
