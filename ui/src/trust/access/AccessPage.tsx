import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Entity, Member } from "../../api/types";
import type { Search } from "../../dashboard/urlState";
import { usePageSearch } from "../../dashboard/usePageSearch";
import { Page } from "../../frame/Page";
import { useMe } from "../../session/session";
import { Empty } from "../../state/Delayed";
import { most, type Whole } from "../api";
import { Loaded } from "../Loaded";
import { entitiesQuery, managedPoliciesQuery, usersQuery } from "../queries";
import { type Column, Table } from "../Table";
import classes from "../trust.module.css";
import { When } from "../When";
import { count } from "../words";
import { MemberState } from "./MemberState";
import { NewGroup } from "./NewGroup";
import { NewPolicy } from "./NewPolicy";
import { NewRole } from "./NewRole";
import { NewUser } from "./NewUser";
import { inOrder, policyColumns } from "./policyColumns";
import { TryIt } from "./TryIt";

const tabs = [
  { id: "users", label: "Users" },
  { id: "groups", label: "Groups" },
  { id: "roles", label: "Roles" },
  { id: "policies", label: "Policies" },
  { id: "try", label: "Try it" },
] as const;

/** Who is here, and what they are in. */
export function AccessPage() {
  const [search] = usePageSearch();
  const { role } = useMe();
  // Others' policies are for administrators to read.
  const offered = tabs.filter((tab) => tab.id !== "try" || role === "admin");
  const shown = offered.find((tab) => tab.id === search.show?.[0]) ?? tabs[0];
  return (
    <Page title="Access">
      <div className={classes.page}>
        <nav className={classes.tabs} aria-label="Parts of access">
          {offered.map((tab) => (
            <Link
              key={tab.id}
              to="/access"
              search={(tab.id === "users" ? {} : { show: [tab.id] }) as never}
              activeOptions={{ exact: true, includeSearch: true }}
              className={classes.tab}
              aria-current={tab === shown ? "page" : undefined}
            >
              {tab.label}
            </Link>
          ))}
        </nav>
        {shown.id === "users" && <Users />}
        {shown.id === "groups" && <Groups />}
        {shown.id === "roles" && <Roles />}
        {shown.id === "policies" && <PolicyList />}
        {shown.id === "try" && <TryIt />}
      </div>
    </Page>
  );
}

const userColumns: Column<Member>[] = [
  {
    id: "name",
    header: "User",
    cell: (user) => (
      <>
        <Link to="/access/users/$name" params={{ name: user.name }} className={classes.rowLink}>
          {user.name}
        </Link>
        {user.displayName !== user.name && <span className={classes.cellNote}>{user.displayName}</span>}
      </>
    ),
  },
  { id: "state", header: "State", cell: (user) => <MemberState user={user} /> },
  { id: "role", header: "Role", cell: (user) => <span className={classes.whole}>{user.role}</span> },
  { id: "groups", header: "Groups", wide: true, cell: (user) => user.groups.join(", ") || <None /> },
  { id: "keys", header: "Access keys", number: true, wide: true, cell: (user) => user.accessKeys },
  { id: "seen", header: "Last seen", wide: true, cell: (user) => <When at={user.lastSeen} ago /> },
];

function None() {
  return <span className={classes.quiet}>–</span>;
}

function Users() {
  const query = useQuery(usersQuery);
  const [making, setMaking] = useState(false);
  return (
    <>
      <Loaded query={query} lines={6} whole>
        {(whole) => (
          <Filtered
            whole={whole}
            one="user"
            make={whole.mayCreate && <Make what="user" onMake={() => setMaking(true)} />}
            text={(user) => `${user.name} ${user.displayName} ${user.role} ${user.groups.join(" ")}`}
          >
            {(rows) => (
              <Table label="Users" columns={userColumns} rows={rows} rowId={(user) => user.name} tall />
            )}
          </Filtered>
        )}
      </Loaded>
      {making && <NewUser onClose={() => setMaking(false)} />}
    </>
  );
}

function Make({ what, onMake }: { what: string; onMake: () => void }) {
  return (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onMake}>
      Create {what}
    </Button>
  );
}

const entityColumns = (
  to: "/access/groups/$name" | "/access/roles/$name",
  header: string,
): Column<Entity>[] => [
  {
    id: "name",
    header,
    cell: (one) => (
      <>
        <Link to={to} params={{ name: one.name }} className={classes.rowLink}>
          {one.name}
        </Link>
        {one.description && <span className={classes.cellNote}>{one.description}</span>}
      </>
    ),
  },
  { id: "arn", header: "ARN", wide: true, cell: (one) => <span className="mono">{one.arn}</span> },
  { id: "created", header: "Created", cell: (one) => <When at={one.createdAt} /> },
];

const groupColumns = entityColumns("/access/groups/$name", "Group");
const roleColumns = entityColumns("/access/roles/$name", "Role");

function Groups() {
  const query = useQuery(entitiesQuery("groups"));
  const [making, setMaking] = useState(false);
  const make = query.data?.mayCreate && <Make what="group" onMake={() => setMaking(true)} />;
  return (
    <>
      <Loaded query={query} lines={4} whole>
        {(whole) =>
          whole.items.length === 0 ? (
            <Empty title="No group has policies yet" step={make}>
              A group made here can carry policies for all of its members. Groups that users are in by the
              project’s files work in dashboards without it.
            </Empty>
          ) : (
            <Filtered whole={whole} one="group" make={make} text={(group) => group.name}>
              {(rows) => (
                <Table label="Groups" columns={groupColumns} rows={rows} rowId={(group) => group.name} tall />
              )}
            </Filtered>
          )
        }
      </Loaded>
      {making && <NewGroup onClose={() => setMaking(false)} />}
    </>
  );
}

function Roles() {
  const query = useQuery(entitiesQuery("roles"));
  const [making, setMaking] = useState(false);
  const make = query.data?.mayCreate && <Make what="role" onMake={() => setMaking(true)} />;
  return (
    <>
      <Loaded query={query} lines={4} whole>
        {(whole) =>
          whole.items.length === 0 ? (
            <Empty title="No roles yet" step={make}>
              A role gives whoever may assume it other rights for a while, by temporary credentials.
            </Empty>
          ) : (
            <Filtered
              whole={whole}
              one="role"
              make={make}
              text={(role) => `${role.name} ${role.description ?? ""}`}
            >
              {(rows) => (
                <Table label="Roles" columns={roleColumns} rows={rows} rowId={(role) => role.name} tall />
              )}
            </Filtered>
          )
        }
      </Loaded>
      {making && <NewRole onClose={() => setMaking(false)} />}
    </>
  );
}

function PolicyList() {
  const query = useQuery(managedPoliciesQuery);
  const [making, setMaking] = useState(false);
  return (
    <>
      <Loaded query={query} lines={6} whole>
        {(whole) => (
          <Filtered
            whole={whole}
            one="policy"
            many="policies"
            make={whole.mayCreate && <Make what="policy" onMake={() => setMaking(true)} />}
            text={(policy) => `${policy.name} ${policy.description ?? ""}`}
          >
            {(rows) => (
              <Table
                label="Policies"
                columns={policyColumns}
                rows={inOrder(rows)}
                rowId={(policy) => policy.arn}
                tall
              />
            )}
          </Filtered>
        )}
      </Loaded>
      {making && <NewPolicy onClose={() => setMaking(false)} />}
    </>
  );
}

interface FilteredProps<T> {
  whole: Whole<T>;
  one: string;
  many?: string;
  make?: ReactNode;
  text: (row: T) => string;
  children: (rows: T[]) => ReactNode;
}

/** A list under its search field; what is searched for stands in the address. */
function Filtered<T>({ whole, one, many = `${one}s`, make, text, children }: FilteredProps<T>) {
  const [search, setSearch] = usePageSearch();
  const wanted = search.q?.[0] ?? "";
  const words = wanted.toLowerCase().split(/\s+/);
  const rows = whole.items.filter((row) => words.every((word) => text(row).toLowerCase().includes(word)));
  return (
    <>
      <div className={classes.bar}>
        <TextInput
          className={classes.search}
          type="search"
          aria-label={`Search ${many}`}
          placeholder={`Search ${many}`}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={wanted}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setSearch((now: Search) => ({ ...now, q: value === "" ? [] : [value] }), true);
          }}
        />
        <span className={classes.note}>
          {count(whole.items.length, one, many)}
          {whole.cut && `, the first ${most} are shown`}
        </span>
        {make && <div className={classes.barEnd}>{make}</div>}
      </div>
      {rows.length === 0 ? (
        <Empty title={`No ${one} matches “${wanted}”`}>{count(whole.items.length, one, many)} in all.</Empty>
      ) : (
        <div className={classes.card}>{children(rows)}</div>
      )}
    </>
  );
}
