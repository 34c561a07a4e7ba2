import { Link } from "@tanstack/react-router";
import type { ManagedPolicy } from "../../api/types";
import type { Column } from "../Table";
import classes from "../trust.module.css";

/** Managed policies: those of the account first, then those that every server has. */
export function inOrder(policies: ManagedPolicy[]): ManagedPolicy[] {
  return [...policies].sort((a, b) => Number(a.builtIn) - Number(b.builtIn) || a.name.localeCompare(b.name));
}

export const policyColumns: Column<ManagedPolicy>[] = [
  {
    id: "name",
    header: "Policy",
    cell: (policy) => (
      <>
        <Link
          to="/access/policy"
          search={{ arn: [policy.arn] } as never}
          className={`${classes.rowLink} ${classes.clamp}`}
          title={policy.name}
        >
          {policy.name}
        </Link>
        {policy.description && (
          <span className={`${classes.cellNote} ${classes.clamp}`} title={policy.description}>
            {policy.description}
          </span>
        )}
      </>
    ),
  },
  {
    id: "from",
    header: "Kept by",
    cell: (policy) => <span className={classes.whole}>{policy.builtIn ? "Signet" : "administrators"}</span>,
  },
  { id: "attached", header: "Attached to", number: true, cell: (policy) => policy.attached },
];
