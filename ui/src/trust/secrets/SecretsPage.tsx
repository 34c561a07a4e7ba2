import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import type { Secret } from "../../api/types";
import { usePageSearch } from "../../dashboard/usePageSearch";
import { exactUtc } from "../../format/format";
import { Page } from "../../frame/Page";
import { Empty } from "../../state/Delayed";
import { Loaded } from "../Loaded";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { When } from "../When";
import { secretsQuery } from "./api";
import { NewSecret } from "./NewSecret";
import { SecretMark } from "./SecretMark";
import { dayOf, isState, keyPlace, nextDate, secretSearch, states } from "./words";

/** Short pages may follow one another when few secrets fit; after so many somebody must want more. */
const mostEmpty = 4;

/** The secrets of the home region. */
export function SecretsPage() {
  const [search, setSearch] = usePageSearch();
  const [making, setMaking] = useState(false);
  const words = search.q?.[0] ?? "";
  const asked = search.state?.[0] ?? "";
  const state = isState(asked) ? asked : "";
  const [settled] = useDebouncedValue(words.trim(), 250);
  const query = useInfiniteQuery({
    ...secretsQuery({ words: settled, state }),
    placeholderData: keepPreviousData,
  });
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  const rows = data?.pages.flatMap((page) => page.items) ?? [];
  const none = rows.length === 0;
  const loaded = data?.pages.length ?? 0;
  useEffect(() => {
    if (none && hasNextPage && !isFetching && !isError && loaded < mostEmpty) fetchNextPage();
  }, [none, hasNextPage, isFetching, isError, loaded, fetchNextPage]);

  const first = data?.pages[0];
  const make = first?.mayCreate && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      Create secret
    </Button>
  );
  const narrowed = settled !== "" || state !== "";
  const looking = none && (isFetching || words.trim() !== settled);
  const set = (name: string, value: string, silent: boolean) =>
    setSearch((now) => ({ ...now, [name]: value === "" ? [] : [value] }), silent);
  return (
    <Page title="Secrets">
      <Loaded query={query} lines={6} whole>
        {() => (
          <div className={classes.page}>
            {none && !narrowed && !hasNextPage && !looking ? (
              <FirstUse make={make} />
            ) : (
              <>
                <div className={classes.bar}>
                  <TextInput
                    className={classes.search}
                    type="search"
                    aria-label="Search secrets"
                    placeholder="Name, description or tag"
                    leftSection={<IconSearch size={16} aria-hidden />}
                    maxLength={500}
                    value={words}
                    onChange={(event) => set("q", event.currentTarget.value, true)}
                  />
                  <NativeSelect
                    aria-label="State"
                    value={state}
                    onChange={(event) => set("state", event.currentTarget.value, false)}
                    data={[
                      { value: "", label: "Any state" },
                      ...Object.entries(states).map(([value, { word }]) => ({ value, label: word })),
                    ]}
                  />
                  <span className={classes.note} role="status">
                    {countWords(rows.length, hasNextPage)} in {first?.region}
                  </span>
                  <div className={classes.barEnd}>{make}</div>
                </div>
                {none && !looking && (
                  <NoneFit
                    words={settled}
                    state={state === "" ? "" : states[state].word}
                    onClear={() => setSearch(() => ({}))}
                  />
                )}
                {!none && (
                  <div className={classes.card}>
                    <Table
                      label="Secrets"
                      columns={columns}
                      rows={rows}
                      rowId={(secret) => secret.arn}
                      tall
                    />
                  </div>
                )}
                {hasNextPage && (
                  <div>
                    <Button variant="default" loading={isFetching} onClick={() => fetchNextPage()}>
                      Show more
                    </Button>
                  </div>
                )}
              </>
            )}
          </div>
        )}
      </Loaded>
      {making && <NewSecret onClose={() => setMaking(false)} />}
    </Page>
  );
}

function countWords(number: number, more: boolean): string {
  if (more) return `The first ${number} secrets`;
  return number === 1 ? "1 secret" : `${number} secrets`;
}

function FirstUse({ make }: { make: ReactNode }) {
  return (
    <Empty title="No secrets yet" step={make || undefined}>
      A secret is what a program needs and nobody should see: a database login, an API token, a certificate’s
      key. It is kept encrypted, each reading is on the audit log with who and when, and a database password
      can be replaced by itself. Sources name one with <code>secret: NAME</code>; programs read it with any
      client of AWS Secrets Manager.
    </Empty>
  );
}

function NoneFit({ words, state, onClear }: { words: string; state: string; onClear: () => void }) {
  const filters = [words && `“${words}”`, state && `the state “${state}”`].filter(Boolean).join(" and ");
  return (
    <Empty
      title={`No secret fits ${filters}`}
      step={
        <Button variant="default" size="xs" onClick={onClear}>
          Show all secrets
        </Button>
      }
    >
      Each word must be somewhere in the name, the description or the tags.
    </Empty>
  );
}

const columns: Column<Secret>[] = [
  { id: "name", header: "Secret", cell: (secret) => <SecretLink value={secret} /> },
  { id: "state", header: "State", cell: (secret) => <SecretMark state={secret.state} /> },
  { id: "changed", header: "Last changed", wide: true, cell: (secret) => <When at={secret.changedAt} ago /> },
  { id: "read", header: "Last read", wide: true, cell: (secret) => <ReadDay at={secret.readOn} /> },
  { id: "next", header: "Next rotation", wide: true, cell: (secret) => <Next value={secret} /> },
  { id: "key", header: "Key", wide: true, cell: (secret) => <KeyWords value={secret.key} /> },
  { id: "tags", header: "Tags", wide: true, cell: (secret) => <TagWords value={secret} /> },
];

function SecretLink({ value: secret }: { value: Secret }) {
  return (
    <>
      <Link
        to="/secrets"
        search={secretSearch(secret.name)}
        className={`${classes.rowLink} ${classes.clamp}`}
        title={secret.name}
      >
        {secret.name}
      </Link>
      {secret.description && (
        <span className={`${classes.cellNote} ${classes.clamp}`} title={secret.description}>
          {secret.description}
        </span>
      )}
    </>
  );
}

/** The server keeps the day of the last reading; the audit log has the moment. */
export function ReadDay({ at }: { at: string | undefined }) {
  if (!at) return <span className={classes.quiet}>never</span>;
  return (
    <time dateTime={dayOf(at)} title={`${dayOf(at)}, a day in UTC`} style={{ whiteSpace: "nowrap" }}>
      {dayOf(at)}
    </time>
  );
}

function Next({ value: secret }: { value: Secret }) {
  const at = nextDate(secret);
  if (!at) return <span className={classes.quiet}>–</span>;
  return (
    <time dateTime={at} title={exactUtc(at)} style={{ whiteSpace: "nowrap" }}>
      {dayOf(at)}
      {secret.rotation?.retryAt && <span className={classes.cellNote}>next try</span>}
    </time>
  );
}

function KeyWords({ value }: { value: string }) {
  const { label } = keyPlace(value);
  if (value === "") return <span className={classes.quiet}>the service’s own</span>;
  return (
    <span className={classes.clamp} title={value}>
      {label}
    </span>
  );
}

function TagWords({ value: { tags } }: { value: Secret }) {
  if (tags.length === 0) return <span className={classes.quiet}>–</span>;
  const all = tags.map((tag) => (tag.value === "" ? tag.key : `${tag.key}: ${tag.value}`));
  return (
    <span className={classes.clamp} title={all.join("\n")}>
      {all.slice(0, 3).join(", ")}
      {all.length > 3 && `, and ${all.length - 3} more`}
    </span>
  );
}
