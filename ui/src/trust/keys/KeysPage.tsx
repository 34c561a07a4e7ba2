import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Key, KeyUse } from "../../api/types";
import { usePageSearch } from "../../dashboard/usePageSearch";
import { Page } from "../../frame/Page";
import { useMe } from "../../session/session";
import { Empty } from "../../state/Delayed";
import { most } from "../api";
import { Loaded } from "../Loaded";
import { keysQuery, lastUsesQuery } from "../queries";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { When } from "../When";
import { count, keyName, specWords, usageWords } from "../words";
import { KeyState } from "./KeyState";
import { NewKey } from "./NewKey";

export function KeysPage() {
  const query = useQuery(keysQuery);
  const [making, setMaking] = useState(false);
  const mayCreate = query.data?.mayCreate === true;
  const make = mayCreate && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      Create key
    </Button>
  );
  return (
    <Page title="Keys">
      <Loaded query={query} lines={6} whole>
        {({ items, cut, region }) => (
          <div className={classes.page}>
            {items.length === 0 ? (
              <FirstUse make={make} />
            ) : (
              <KeyList keys={items} cut={cut} region={region} make={make} />
            )}
          </div>
        )}
      </Loaded>
      {making && <NewKey onClose={() => setMaking(false)} />}
    </Page>
  );
}

function FirstUse({ make }: { make: React.ReactNode }) {
  return (
    <Empty title="No keys yet" step={make || undefined}>
      A key encrypts what you do not want to keep in the clear: secrets, data keys, sealed data. It never
      leaves this server, every use of it is on the audit log, and disabling it locks what it encrypted at
      once.
    </Empty>
  );
}

interface ListProps {
  keys: Key[];
  cut: boolean;
  region: string;
  make: React.ReactNode;
}

function matches(key: Key, text: string): boolean {
  const all = `${key.aliases.join(" ")} ${key.id} ${key.description} ${key.state}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

function KeyList({ keys, cut, region, make }: ListProps) {
  const [search, setSearch] = usePageSearch();
  const columns = useKeyColumns();
  const text = search.q?.[0] ?? "";
  const shown = keys.filter((key) => matches(key, text));
  return (
    <>
      <div className={classes.bar}>
        <TextInput
          className={classes.search}
          type="search"
          aria-label="Search keys"
          placeholder="Search keys"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setSearch((now) => ({ ...now, q: value === "" ? [] : [value] }), true);
          }}
        />
        <span className={classes.note}>
          {count(keys.length, "key")} in {region}
          {cut && `, the first ${most} are shown`}
        </span>
        <div className={classes.barEnd}>{make}</div>
      </div>
      {shown.length === 0 ? (
        <Empty title={`No key matches “${text}”`}>{count(keys.length, "key")} in all.</Empty>
      ) : (
        <div className={classes.card}>
          <Table label="Keys" columns={columns} rows={shown} rowId={(key) => key.id} tall />
        </div>
      )}
    </>
  );
}

function useKeyColumns(): Column<Key>[] {
  const { may } = useMe();
  const { data: uses } = useQuery({ ...lastUsesQuery, enabled: may.audit });
  return useMemo(() => {
    const last = new Map(uses?.map((use) => [use.key, use]));
    const columns: Column<Key>[] = [
      { id: "name", header: "Key", cell: (key) => <KeyLink value={key} /> },
      { id: "state", header: "State", cell: (key) => <KeyState value={key} /> },
      { id: "spec", header: "Kind", wide: true, cell: (key) => specWords(key.spec) },
      { id: "usage", header: "Use", wide: true, cell: (key) => usageWords(key.usage) },
      { id: "created", header: "Created", wide: true, cell: (key) => <When at={key.createdAt} /> },
    ];
    if (may.audit)
      columns.push({
        id: "used",
        header: "Last used",
        wide: true,
        cell: (key) => <LastUse use={last.get(key.arn)} />,
      });
    return columns;
  }, [uses, may.audit]);
}

function KeyLink({ value: key }: { value: Key }) {
  const more = [...key.aliases.slice(1), key.description].filter(Boolean).join(" · ");
  return (
    <>
      <Link to="/keys/$id" params={{ id: key.id }} className={classes.rowLink}>
        {keyName(key)}
      </Link>
      {more && <span className={classes.cellNote}>{more}</span>}
    </>
  );
}

function LastUse({ use }: { use: KeyUse | undefined }) {
  if (!use) return <span className={classes.quiet}>not lately</span>;
  return (
    <>
      <When at={use.at} ago /> <span className={classes.quiet}>by {use.by}</span>
    </>
  );
}
