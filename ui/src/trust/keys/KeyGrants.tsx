import { useQuery } from "@tanstack/react-query";
import type { Key, KeyGrant } from "../../api/types";
import { most } from "../api";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { grantsQuery } from "../queries";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { When } from "../When";
import { shortArn } from "../words";

const columns: Column<KeyGrant>[] = [
  {
    id: "to",
    header: "To",
    cell: (grant) => (
      <>
        <span title={grant.grantee}>{shortArn(grant.grantee)}</span>
        {grant.name && <span className={classes.cellNote}>{grant.name}</span>}
      </>
    ),
  },
  {
    id: "for",
    header: "For",
    cell: (grant) => (
      <>
        {grant.operations.join(", ")}
        <Only grant={grant} />
      </>
    ),
  },
  { id: "since", header: "Since", wide: true, cell: (grant) => <When at={grant.createdAt} /> },
];

function Only({ grant }: { grant: KeyGrant }) {
  const pairs = Object.entries({ ...grant.equals, ...grant.subset });
  if (pairs.length === 0) return null;
  const word = grant.equals ? "only with exactly" : "only with";
  return (
    <span className={classes.cellNote}>
      {word} {pairs.map(([name, value]) => `${name} = ${value}`).join(", ")}
    </span>
  );
}

/** Who may use the key by a grant, beside the policies. */
export function KeyGrants({ value: key }: { value: Key }) {
  const query = useQuery(grantsQuery(key.id));
  const some = (query.data?.items.length ?? 0) > 0;
  return (
    <Card title="Grants" flush={some}>
      <Loaded query={query}>
        {({ items, cut }) =>
          items.length === 0 ? (
            <p className={classes.note}>None. Programs make grants to pass a use of the key on.</p>
          ) : (
            <>
              <Table label="Grants" columns={columns} rows={items} rowId={(grant) => grant.id} />
              {cut && <p className={classes.note}>The first {most} are shown.</p>}
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
