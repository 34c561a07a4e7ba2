import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Key, KeyUse } from "../../api/types";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { keyUsesQuery } from "../queries";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { When } from "../When";
import { resultWords } from "../words";

const columns: Column<KeyUse>[] = [
  { id: "at", header: "When", cell: (use) => <When at={use.at} /> },
  { id: "by", header: "Who", cell: (use) => use.by },
  { id: "operation", header: "What", cell: (use) => use.operation },
  { id: "result", header: "Result", cell: (use) => <Result use={use} /> },
];

function Result({ use }: { use: KeyUse }) {
  const { text, tone } = resultWords(use);
  const Icon = tone === "good" ? IconCircleCheck : IconCircleX;
  return (
    <span className={classes.mark}>
      <Icon size={15} aria-hidden className={classes[tone]} />
      {text}
    </span>
  );
}

/** What the audit log has about the key, newest first. */
export function KeyEvents({ value: key }: { value: Key }) {
  const query = useQuery(keyUsesQuery(key.id));
  const some = (query.data?.length ?? 0) > 0;
  return (
    <Card title="Recent use" flush={some}>
      <Loaded query={query}>
        {(uses) =>
          uses.length === 0 ? (
            <p className={classes.note}>The audit log has no use of this key.</p>
          ) : (
            <Table
              label="Recent use"
              columns={columns}
              rows={uses}
              rowId={(use) => `${use.at} ${use.operation} ${use.by}`}
            />
          )
        }
      </Loaded>
    </Card>
  );
}
