import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { asProblem } from "../api/problem";
import { dashboardQuery } from "../api/queries";
import type { Dashboard } from "../api/types";
import { Page } from "../frame/Page";
import { isTyping } from "../frame/Shortcuts";
import { HistoryDrawer } from "../history/HistoryDrawer";
import { refreshAll } from "../live/refresh";
import { Delayed, Empty, Lines } from "../state/Delayed";
import { ProblemPanel } from "../state/ProblemPanel";
import { VisualCard } from "../visual/VisualCard";
import classes from "./dashboard.module.css";
import { FilterBar } from "./FilterBar";
import { readHistory, writeHistory } from "./urlState";
import { usePageSearch } from "./usePageSearch";

const crumbs = [{ label: "Dashboards", to: "/dashboards" }];

export function DashboardPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const { data, error, isPending, refetch, isFetching } = useQuery(dashboardQuery(id));
  const [asOf, setAsOf] = useState<string>();
  const noticeAsOf = useCallback((at: string) => setAsOf((now) => (now && now > at ? now : at)), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another dashboard starts with no stamp
  useEffect(() => setAsOf(undefined), [id]);

  if (error && !data) {
    return (
      <Page title="Dashboard" crumbs={crumbs}>
        <ProblemPanel
          whole
          doing="reading"
          problem={asProblem(error)}
          stepLabel="Try again"
          onStep={() => refetch()}
          busy={isFetching}
        >
          <Link to="/dashboards">See all dashboards</Link>
        </ProblemPanel>
      </Page>
    );
  }
  return (
    <Page title={data?.title ?? ""} crumbs={crumbs} asOf={asOf}>
      {isPending && (
        <Delayed>
          <Lines count={3} height={96} gap={16} />
        </Delayed>
      )}
      {data && <DashboardBody key={data.id} dashboard={data} onAsOf={noticeAsOf} />}
    </Page>
  );
}

function DashboardBody({ dashboard, onAsOf }: { dashboard: Dashboard; onAsOf: (at: string) => void }) {
  const [search, setSearch] = usePageSearch();
  useDashboardKeys();
  const open = readHistory(search);
  const visuals = dashboard.rows.flatMap((row) => row.visuals);
  const { links } = dashboard;
  return (
    <>
      {(dashboard.description || links.length > 0) && (
        <div className={classes.intro}>
          <span className="breakable">{dashboard.description}</span>
          {links.length > 0 && (
            <nav className={classes.links} aria-label="Related dashboards">
              {links.map((link) => (
                <Link key={link.id} to="/dashboards/$id" params={{ id: link.id }}>
                  {link.title}
                </Link>
              ))}
            </nav>
          )}
        </div>
      )}
      <FilterBar dashboard={dashboard} search={search} setSearch={setSearch} />
      {visuals.length === 0 && (
        <Empty title="This dashboard has no visuals yet">
          Its author adds them to its file under “rows”.
        </Empty>
      )}
      {dashboard.rows.map((row) => (
        <div className={classes.row} key={row.visuals.map((visual) => visual.id).join(" ")}>
          {row.visuals.map((visual) => (
            <VisualCard
              key={visual.id}
              dashboard={dashboard}
              visual={visual}
              height={row.height}
              search={search}
              setSearch={setSearch}
              onAsOf={onAsOf}
            />
          ))}
        </div>
      ))}
      <HistoryDrawer
        dashboard={dashboard}
        open={open}
        onClose={() => setSearch((now) => writeHistory(now, undefined))}
      />
    </>
  );
}

/** "r" fetches again, "/" goes to the first filter; neither while someone is typing. */
function useDashboardKeys() {
  const client = useQueryClient();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "r") refreshAll(client);
      if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLElement>("[data-first-filter]")?.focus();
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [client]);
}
