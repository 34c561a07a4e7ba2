import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Secret, SecretReader, SecretReaders } from "../../api/types";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { count } from "../words";
import { readersQuery } from "./api";
import { whyWords } from "./words";

const columns: Column<SecretReader>[] = [
  { id: "who", header: "Who", cell: (reader) => <Who value={reader} /> },
  {
    id: "why",
    header: "Allowed by",
    cell: (reader) => <span title={reader.why}>{whyWords(reader.why)}</span>,
  },
];

function Who({ value: { kind, name, arn } }: { value: SecretReader }) {
  return (
    <>
      <Link
        to={kind === "user" ? "/access/users/$name" : "/access/roles/$name"}
        params={{ name }}
        className={classes.rowLink}
        title={arn}
      >
        {name}
      </Link>
      {kind === "role" && <span className={classes.cellNote}>role, for whoever may assume it</span>}
    </>
  );
}

/** Every user and role whose policies, with those of the secret and its key, let them read the value now. */
export function WhoMayRead({ value: secret }: { value: Secret }) {
  const query = useQuery(readersQuery(secret.name));
  const some = (query.data?.items.length ?? 0) > 0;
  return (
    <Card title="Who may read it" flush={some}>
      <Loaded query={query}>
        {(found) => (
          <>
            {some && (
              <Table
                label="Who may read it"
                columns={columns}
                rows={found.items}
                rowId={(reader) => reader.arn}
              />
            )}
            <p className={some ? `${classes.note} ${classes.cardBody}` : classes.note}>
              {reachWords(secret, found)}
            </p>
          </>
        )}
      </Loaded>
    </Card>
  );
}

/** How far the list can be trusted. */
function reachWords({ key }: Secret, { items, asked, more, keyToo }: SecretReaders): string {
  const whole = `${items.length} of ${count(asked, "user or role", "users and roles")}.`;
  const cut = more ? " There are more, who were not looked at: ask about one with Explain." : "";
  const own = keyToo ? " Its key’s policy and grants count too." : "";
  const unasked =
    key !== "" && !keyToo ? " You may not see the policy of its key, which can forbid more." : "";
  return whole + own + unasked + cut;
}
