import type { ReactNode } from "react";
import type { Entity } from "../../api/types";
import { CopyIcon } from "../../state/ProblemPanel";
import { Card } from "../Card";
import classes from "../trust.module.css";
import { When } from "../When";
import { count } from "../words";

/** What there is to know of a group or role besides its policies. */
export function EntityFacts({
  title,
  value,
  actions,
}: {
  title: string;
  value: Entity;
  actions?: ReactNode;
}) {
  return (
    <Card title={title} actions={actions}>
      <dl className={classes.facts}>
        <dt>Name</dt>
        <dd>{value.name}</dd>
        {value.description && (
          <>
            <dt>Description</dt>
            <dd>{value.description}</dd>
          </>
        )}
        {value.maxSession !== undefined && (
          <>
            <dt>Sessions</dt>
            <dd>at most {count(value.maxSession / 60, "minute")} long</dd>
          </>
        )}
        <dt>Created</dt>
        <dd>
          <When at={value.createdAt} />
        </dd>
        <dt>ARN</dt>
        <dd>
          <span className="mono">{value.arn}</span> <CopyIcon value={value.arn} label="Copy ARN" />
        </dd>
      </dl>
    </Card>
  );
}
