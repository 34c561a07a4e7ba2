import { TextInput } from "@mantine/core";
import { IconChevronRight, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { dashboardsQuery } from "../api/queries";
import type { DashboardItem, Role } from "../api/types";
import { Page } from "../frame/Page";
import { useMe } from "../session/session";
import { Delayed, Empty, Lines } from "../state/Delayed";
import { ProblemPanel } from "../state/ProblemPanel";
import classes from "./list.module.css";
import { usePageSearch } from "./usePageSearch";

export function DashboardsPage() {
  const { data, error, isPending, refetch, isFetching } = useQuery(dashboardsQuery);
  return (
    <Page title="Dashboards">
      <div className={classes.page}>
        {isPending && (
          <Delayed>
            <Lines count={4} height={44} gap={8} />
          </Delayed>
        )}
        {error && !data && (
          <ProblemPanel
            whole
            doing="reading"
            problem={asProblem(error)}
            stepLabel="Try again"
            onStep={() => refetch()}
            busy={isFetching}
          />
        )}
        {data && <DashboardList items={data} />}
      </div>
    </Page>
  );
}

function matches(item: DashboardItem, text: string): boolean {
  const all = `${item.title} ${item.description} ${item.id}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

function DashboardList({ items }: { items: DashboardItem[] }) {
  const me = useMe();
  const [search, setSearch] = usePageSearch();
  const text = search.q?.[0] ?? "";
  const shown = items.filter((item) => matches(item, text));
  if (items.length === 0) return <FirstUse role={me.role} />;
  return (
    <>
      <TextInput
        className={classes.search}
        type="search"
        aria-label="Search dashboards"
        placeholder="Search dashboards"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={text}
        onChange={(event) => {
          const { value } = event.currentTarget;
          setSearch((now) => ({ ...now, q: value === "" ? [] : [value] }), true);
        }}
      />
      {shown.length === 0 ? (
        <Empty title={`No dashboard matches “${text}”`}>
          {items.length === 1 ? "There is one dashboard." : `There are ${items.length} dashboards.`}
        </Empty>
      ) : (
        <ul className={classes.list}>
          {shown.map((item) => (
            <li key={item.id}>
              <Link to="/dashboards/$id" params={{ id: item.id }} className={classes.item}>
                <span className={classes.words}>
                  <span className={classes.title}>{item.title}</span>
                  {item.description && <span className={classes.description}>{item.description}</span>}
                </span>
                <span className={classes.counts}>{countsText(item)}</span>
                <IconChevronRight size={16} aria-hidden />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function countsText(item: DashboardItem): string {
  const visuals = item.visuals === 1 ? "1 visual" : `${item.visuals} visuals`;
  if (item.actions === 0) return visuals;
  return `${visuals}, ${item.actions === 1 ? "1 action" : `${item.actions} actions`}`;
}

function FirstUse({ role }: { role: Role }) {
  if (role === "reader") {
    return (
      <Empty title="No dashboard is shared with you yet">
        A dashboard shows data, and its rows may carry actions that write back. An administrator, or the
        author of the project, can share one with you.
      </Empty>
    );
  }
  return (
    <Empty title="No dashboards yet">
      Each dashboard is one file in the project’s <span className="mono">dashboards/</span> folder. Save the
      first one there; it shows here by itself.
    </Empty>
  );
}
