import { Button, Checkbox } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ManagedView, PolicyVersion } from "../../api/types";
import { usePageSearch } from "../../dashboard/usePageSearch";
import { Page } from "../../frame/Page";
import { CopyIcon, ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { besidesPolicy, PolicyField } from "../PolicyField";
import { indented } from "../policyTemplates";
import { jsonMistake } from "../policyText";
import { policyViewQuery, versionTextQuery } from "../queries";
import { type Column, Table } from "../Table";
import { TypedDialog } from "../TypedDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";
import { lastPart } from "../words";
import { TryPolicy } from "./TryIt";

const crumbs = [{ label: "Access", to: "/access" }];

/** As many as IAM keeps of one policy. */
const mostVersions = 5;

export function PolicyPage() {
  const [search] = usePageSearch();
  const arn = search.arn?.[0] ?? "";
  const query = useQuery(policyViewQuery(arn));
  return (
    <Page title={query.data?.policy.name ?? lastPart(arn)} crumbs={crumbs}>
      <Loaded query={query} lines={8} whole>
        {(view) => <Body view={view} key={arn} />}
      </Loaded>
    </Page>
  );
}

function Body({ view }: { view: ManagedView }) {
  const [search] = usePageSearch();
  const { arn } = view.policy;
  const counts = view.versions.find((version) => version.default)?.id ?? "";
  const shown = view.versions.find((version) => version.id === search.version?.[0])?.id ?? counts;
  const text = useQuery(versionTextQuery(arn, shown));
  return (
    <div className={classes.page}>
      <div className={classes.columns}>
        <div className={classes.stack}>
          <Loaded query={text} lines={8}>
            {(saved) => <Text view={view} version={shown} counts={counts} saved={saved} key={shown} />}
          </Loaded>
        </div>
        <div className={classes.stack}>
          <Facts view={view} />
          <Holders view={view} />
          {!view.policy.builtIn && <Versions view={view} shown={shown} />}
        </div>
      </div>
    </div>
  );
}

interface TextProps {
  view: ManagedView;
  version: string;
  counts: string;
  saved: string;
}

/** The text of one version; a change of it becomes a new version. */
function Text({ view, version, counts, saved }: TextProps) {
  const [draft, setDraft] = useState<string>();
  const [atOnce, setAtOnce] = useState(true);
  const [tried, setTried] = useState(false);
  const [, setSearch] = usePageSearch();
  const { arn } = view.policy;
  const text = draft ?? indented(saved);
  const dirty = text !== indented(saved);
  const full = view.versions.length >= mostVersions;
  const add = useChange({
    run: () => trust.createVersion(arn, text, atOnce),
    touches: [["policies"]],
    said: (made) =>
      atOnce
        ? `${made.id} is saved, and counts from the next request on.`
        : `${made.id} is saved. It does not count yet.`,
    done: (made) => {
      setDraft(undefined);
      setSearch((now) => ({ ...now, version: [made.id] }), true);
    },
  });
  const save = () => {
    setTried(true);
    if (!jsonMistake(text) && !add.busy) add.go();
  };
  const mayAdd = view.may.includes("CreatePolicyVersion");
  return (
    <>
      <Card title={view.policy.builtIn ? "Policy" : `Policy, version ${version}`}>
        {version !== counts && <p className={classes.note}>This version does not count; {counts} does.</p>}
        <PolicyField
          label={`Policy, version ${version}`}
          hideLabel
          value={text}
          problem={add.problem}
          tried={tried}
          readOnly={!mayAdd}
          onChange={(next) => {
            setDraft(next);
            if (add.problem) add.reset();
          }}
        />
        {besidesPolicy(add.problem) && add.problem && <ProblemPanel doing="managing" problem={add.problem} />}
        {dirty && full && (
          <p className={classes.note}>
            There are {mostVersions} versions, which is as many as are kept: delete one first.
          </p>
        )}
        {dirty && (
          <>
            <Checkbox
              label="It counts at once"
              description={`for ${holdersWords(view)}`}
              checked={atOnce}
              onChange={(event) => setAtOnce(event.currentTarget.checked)}
            />
            <div className={classes.buttons}>
              <Button size="xs" loading={add.busy} disabled={full} onClick={save}>
                Save as a new version
              </Button>
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  setDraft(undefined);
                  setTried(false);
                  add.reset();
                }}
              >
                Discard
              </Button>
            </div>
          </>
        )}
      </Card>
      <TryPolicy text={text} saved={!dirty} />
    </>
  );
}

function holdersWords(view: ManagedView): string {
  const number = view.policy.attached;
  return number === 0
    ? "nobody yet: it is not attached"
    : `all ${number} that it is attached to`.replace("all 1 that", "the one that");
}

function Facts({ view }: { view: ManagedView }) {
  const [removing, setRemoving] = useState(false);
  const { policy } = view;
  return (
    <Card
      title="What it is"
      actions={
        view.may.includes("DeletePolicy") && (
          <Button size="xs" variant="default" onClick={() => setRemoving(true)}>
            Delete…
          </Button>
        )
      }
    >
      <dl className={classes.facts}>
        {policy.description && (
          <>
            <dt>Description</dt>
            <dd>{policy.description}</dd>
          </>
        )}
        <dt>Kept by</dt>
        <dd>{policy.builtIn ? "Signet: it is built in, and nobody can change it" : "administrators"}</dd>
        {!policy.builtIn && (
          <>
            <dt>Created</dt>
            <dd>
              <When at={view.createdAt} />
            </dd>
          </>
        )}
        <dt>ARN</dt>
        <dd>
          <span className="mono">{policy.arn}</span> <CopyIcon value={policy.arn} label="Copy ARN" />
        </dd>
      </dl>
      {removing && <RemovePolicy view={view} onClose={() => setRemoving(false)} />}
    </Card>
  );
}

const pageOf = {
  users: "/access/users/$name",
  groups: "/access/groups/$name",
  roles: "/access/roles/$name",
} as const;

const oneOf = { users: "user", groups: "group", roles: "role" };

function Holders({ view }: { view: ManagedView }) {
  return (
    <Card title="Who has it">
      {view.holders.length === 0 ? (
        <p className={classes.note}>
          {view.policy.attached === 0
            ? "Nobody. It is attached on the page of a user, group or role."
            : `${view.policy.attached} users, groups or roles, which you may not list.`}
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <ul className={`${classes.plain} ${classes.scrolls}`} tabIndex={0} aria-label="Who has it">
          {view.holders.map((one) => (
            <li key={`${one.kind} ${one.name}`} className={classes.line}>
              <span className={classes.lineWords}>
                <Link to={pageOf[one.kind]} params={{ name: one.name }}>
                  {one.name}
                </Link>{" "}
                <span className={classes.quiet}>{oneOf[one.kind]}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Versions({ view, shown }: { view: ManagedView; shown: string }) {
  const { arn } = view.policy;
  const touches = [["policies"]];
  const choose = useChange({
    run: (version: PolicyVersion) => trust.setDefaultVersion(arn, version.id),
    touches,
    said: (_, version) => `${version.id} counts, from the next request on.`,
  });
  const remove = useChange({
    run: (version: PolicyVersion) => trust.removeVersion(arn, version.id),
    touches: [["policies", arn], ["policies"]],
    said: (_, version) => `${version.id} is deleted.`,
  });
  const problem = choose.problem ?? remove.problem;
  const columns: Column<PolicyVersion>[] = [
    {
      id: "id",
      header: "Version",
      cell: (version) => (
        <Link
          to="/access/policy"
          search={{ arn: [arn], version: [version.id] } as never}
          className={classes.rowLink}
          aria-current={version.id === shown ? "true" : undefined}
        >
          {version.id}
        </Link>
      ),
    },
    {
      id: "counts",
      header: "State",
      cell: (version) =>
        version.default ? (
          <span className={classes.mark}>
            <IconCircleCheck size={15} aria-hidden className={classes.good} />
            counts
          </span>
        ) : (
          <span className={classes.quiet}>kept</span>
        ),
    },
    { id: "created", header: "Made", wide: true, cell: (version) => <When at={version.createdAt} /> },
    {
      id: "buttons",
      header: <span className={classes.quiet}>Actions</span>,
      number: true,
      cell: (version) =>
        !version.default && (
          <div className={classes.rowButtons}>
            {view.may.includes("SetDefaultPolicyVersion") && (
              <Button
                size="compact-sm"
                variant="subtle"
                aria-label={`Make ${version.id} count`}
                onClick={() => choose.go(version)}
              >
                Make it count
              </Button>
            )}
            {view.may.includes("DeletePolicyVersion") && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                aria-label={`Delete ${version.id}`}
                onClick={() => remove.go(version)}
              >
                Delete
              </Button>
            )}
          </div>
        ),
    },
  ];
  return (
    <Card title="Versions" flush={!problem}>
      {problem && <ProblemPanel doing="managing" problem={problem} />}
      <Table label="Versions" columns={columns} rows={view.versions} rowId={(version) => version.id} />
    </Card>
  );
}

function RemovePolicy({ view, onClose }: { view: ManagedView; onClose: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { policy, holders, versions } = view;
  const remove = useChange({
    run: () => trust.removePolicy(policy.arn),
    touches: [],
    said: `The policy ${policy.name} is deleted.`,
    done: () => {
      navigate({ to: "/access", search: { show: ["policies"] } as never });
      client.invalidateQueries({ queryKey: ["policies"], refetchType: "none" });
    },
  });
  return (
    <TypedDialog
      title={`Delete ${policy.name}`}
      accepted={[policy.name]}
      what="the policy’s name"
      doLabel="Delete the policy"
      busy={remove.busy}
      problem={remove.problem}
      onDo={() => remove.go()}
      onClose={onClose}
    >
      <div>
        <p style={{ margin: "0 0 8px" }}>
          From the next request on, what it allows and what it denies no longer holds for:
        </p>
        <ul className={classes.list}>
          {holders.slice(0, 12).map((one) => (
            <li key={`${one.kind} ${one.name}`}>
              the {oneOf[one.kind]} <strong>{one.name}</strong>
            </li>
          ))}
          {holders.length > 12 && <li>{holders.length - 12} more</li>}
          {holders.length === 0 && <li>nobody: it is not attached</li>}
          {versions.length > 1 && <li>its {versions.length} versions go with it</li>}
        </ul>
      </div>
      <p className={classes.note}>Whoever had it may do more than before where it denies.</p>
    </TypedDialog>
  );
}
