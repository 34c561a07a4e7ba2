import { ActionIcon, Button, Skeleton, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { asProblem } from "../api/problem";
import { usePageSearch } from "../dashboard/usePageSearch";
import { exactUtc, formatClock, formatValue } from "../format/format";
import { Page } from "../frame/Page";
import { Boundary } from "../state/Boundary";
import { Delayed, Empty } from "../state/Delayed";
import { ProblemPanel } from "../state/ProblemPanel";
import { AuditFilterBar } from "./AuditFilterBar";
import { AuditGrid } from "./AuditGrid";
import classes from "./audit.module.css";
import { EventDrawer } from "./EventDrawer";
import { type AuditFilters, clearFilters, filtersText, isCrossed, readFilters } from "./filters";
import { useAuditLog } from "./useAuditLog";

type Log = ReturnType<typeof useAuditLog>;

export function AuditPage() {
  const [search, setSearch] = usePageSearch();
  const filters = readFilters(search);
  const log = useAuditLog(filters);
  const open = (index: number | undefined) =>
    setSearch(({ event: _, ...rest }) => (index === undefined ? rest : { ...rest, event: [String(index)] }));
  const problem = log.error && asProblem(log.error);
  // Whoever may not look has no use for filters.
  const refused = problem?.code === "denied";
  return (
    <Page title="Audit" tools={<Again log={log} />}>
      {!refused && <AuditFilterBar filters={filters} setSearch={setSearch} items={log.items} />}
      {problem && !(log.data && log.isPlaceholderData === false) ? (
        <Refused log={log} denied={refused} />
      ) : (
        <section className={classes.card} aria-label="Events">
          <Boundary>
            <Events log={log} filters={filters} onOpen={open} onClear={() => setSearch(clearFilters)} />
          </Boundary>
        </section>
      )}
      <EventDrawer
        index={refused ? undefined : search.event?.[0]}
        onOpen={open}
        onClose={() => open(undefined)}
        setSearch={setSearch}
      />
    </Page>
  );
}

/** The log grows all the time: this says how far it was looked at, and looks again. */
function Again({ log: { asOf, again, isFetching } }: { log: Log }) {
  if (!asOf) return null;
  return (
    <>
      <span className={classes.asOf} title={exactUtc(asOf)}>
        as of {formatClock(asOf)}
      </span>
      <Tooltip label="Look again">
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={again}
          loading={isFetching}
          aria-label="Look again"
        >
          <IconRefresh size={17} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}

function Refused({ log, denied }: { log: Log; denied: boolean }) {
  return (
    <ProblemPanel
      whole
      doing={denied ? "managing" : "reading"}
      problem={asProblem(log.error)}
      stepLabel="Try again"
      onStep={() => log.refetch()}
      busy={log.isFetching}
    />
  );
}

interface EventsProps {
  log: Log;
  filters: AuditFilters;
  onOpen: (index: number) => void;
  onClear: () => void;
}

function Events({ log, filters, onOpen, onClear }: EventsProps) {
  if (isCrossed(filters))
    return <Empty title="“Until” is before “since”">No event can be in this time.</Empty>;
  if (log.items.length > 0) {
    return (
      <>
        <AuditGrid items={log.items} resetKey={log.key} onNearEnd={log.nearEnd} onOpen={onOpen} />
        <Foot log={log} />
      </>
    );
  }
  if (log.isPending || log.isFetching) {
    return (
      <Delayed>
        <GridSkeleton />
      </Delayed>
    );
  }
  return <Nothing log={log} filters={filters} onClear={onClear} />;
}

function Nothing({ log, filters, onClear }: Omit<EventsProps, "onOpen">) {
  const words = filtersText(filters);
  if (words === "") {
    return (
      <Empty title="The audit log is empty">
        Every sign-in, write-back and use of a key or a secret is written here before it happens.
      </Empty>
    );
  }
  const clear = (
    <Button variant="default" size="xs" onClick={onClear}>
      Clear filters
    </Button>
  );
  if (!log.hasNextPage) {
    return (
      <Empty title="No event matches the filters" step={clear}>
        {words}.
      </Empty>
    );
  }
  return (
    <Empty
      title="No event matches so far"
      step={
        <div className={classes.steps}>
          <Button variant="default" size="xs" onClick={log.older}>
            Search further back
          </Button>
          {clear}
        </div>
      }
    >
      {words}. Only the newer part of the log was searched.
    </Empty>
  );
}

function Foot({ log }: { log: Log }) {
  const count = formatValue(log.items.length, { type: "integer" });
  return (
    <div className={classes.foot}>
      <span role="status">
        {log.isPlaceholderData || log.isFetchingNextPage
          ? "Loading events"
          : `${count} ${log.items.length === 1 ? "event" : "events"}${log.hasNextPage ? "; scroll for older" : ""}`}
      </span>
      {log.isError && <span className={classes.fault}>Older events could not be fetched.</span>}
      {log.hasNextPage && (
        <Button variant="subtle" size="compact-xs" onClick={log.older} loading={log.isFetchingNextPage}>
          Show older
        </Button>
      )}
    </div>
  );
}

function GridSkeleton() {
  return (
    <div role="status" aria-label="Loading events" className={classes.skeleton}>
      {Array.from({ length: 14 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same and never move
        <Skeleton key={index} height={16} />
      ))}
    </div>
  );
}
