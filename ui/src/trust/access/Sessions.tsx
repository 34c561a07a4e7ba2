import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Member, UserSession } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { sessionsQuery } from "../queries";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";
import { browserOf } from "../words";

/** The browsers in which the user is signed in. */
export function Sessions({ user }: { user: Member }) {
  const query = useQuery(sessionsQuery(user.name));
  const end = useChange({
    run: (session: UserSession) => trust.endSession(user.name, session.id),
    touches: [["user", user.name], ["users"]],
    said: "The session has ended. Its next request is refused.",
  });
  const columns: Column<UserSession>[] = [
    {
      id: "browser",
      header: "Browser",
      cell: (session) => (
        <>
          <span title={session.userAgent}>{browserOf(session.userAgent)}</span>
          <span className={classes.cellNote}>from {session.ip || "an unknown address"}</span>
        </>
      ),
    },
    { id: "since", header: "Signed in", wide: true, cell: (session) => <When at={session.createdAt} /> },
    { id: "seen", header: "Last seen", cell: (session) => <When at={session.lastSeen} ago /> },
    {
      id: "end",
      header: <span className={classes.quiet}>Actions</span>,
      cell: (session) => (
        <div className={classes.rowButtons}>
          {session.current ? (
            <span className={classes.note}>this browser</span>
          ) : (
            <Button size="compact-sm" variant="subtle" color="red" onClick={() => end.go(session)}>
              End now
            </Button>
          )}
        </div>
      ),
    },
  ];
  const some = (query.data?.length ?? 0) > 0;
  return (
    <Card title="Sessions" flush={some && !end.problem}>
      {end.problem && <ProblemPanel doing="managing" problem={end.problem} />}
      <Loaded query={query}>
        {(sessions) =>
          sessions.length === 0 ? (
            <p className={classes.note}>Not signed in anywhere.</p>
          ) : (
            <Table label="Sessions" columns={columns} rows={sessions} rowId={(session) => session.id} />
          )
        }
      </Loaded>
    </Card>
  );
}
