import { Button, Menu } from "@mantine/core";
import { IconCircleCheck, IconLink, IconLock, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Member } from "../../api/types";
import { Page } from "../../frame/Page";
import { roleMeaning } from "../../session/roles";
import { CopyIcon, ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { entitiesQuery, userQuery } from "../queries";
import { Tags } from "../Tags";
import { TypedDialog } from "../TypedDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";
import { count } from "../words";
import { AccessKeys } from "./AccessKeys";
import { Boundary } from "./Boundary";
import { EditUser } from "./EditUser";
import { Policies } from "./Policies";
import { RemoveUser } from "./Remove";
import { Sessions } from "./Sessions";
import { SignInLink } from "./SignInLink";

const crumbs = [{ label: "Access", to: "/access" }];

export function UserPage() {
  const { name = "" } = useParams({ strict: false });
  const query = useQuery(userQuery(name));
  return (
    <Page title={query.data?.displayName ?? name} crumbs={crumbs}>
      <Loaded query={query} lines={8} whole>
        {(user) => <UserBody user={user} key={user.name} />}
      </Loaded>
    </Page>
  );
}

function UserBody({ user }: { user: Member }) {
  const may = (operation: string) => user.may.includes(operation);
  return (
    <div className={classes.page}>
      <UserLock user={user} />
      <div className={classes.columns}>
        <div className={classes.stack}>
          <UserFacts user={user} />
          {may("ListAttachedUserPolicies") && (
            <Policies
              kind="users"
              name={user.name}
              may={user.may}
              also={user.role === "admin" ? "AdministratorAccess, by the role admin" : ""}
            />
          )}
        </div>
        <div className={classes.stack}>
          {may("ListAccessKeys") && <AccessKeys user={user} />}
          {may("ListSessions") && <Sessions user={user} />}
          <Boundary
            kind="users"
            name={user.name}
            boundary={user.boundary}
            maySet={may("PutUserPermissionsBoundary")}
            mayRemove={may("DeleteUserPermissionsBoundary")}
            touches={[["user", user.name]]}
          />
          <Tags
            name={user.name}
            tags={user.tags}
            mayEdit={may("TagUser") && may("UntagUser")}
            save={(tags) => trust.setTags("users", user.name, tags)}
            touches={[["user", user.name]]}
          />
        </div>
      </div>
    </div>
  );
}

/** Whether the user may come in, and the switch. */
function UserLock({ user }: { user: Member }) {
  const [asking, setAsking] = useState(false);
  const [linking, setLinking] = useState(false);
  const [removing, setRemoving] = useState(false);
  const touches = [["user", user.name], ["users"]];
  const enable = useChange({
    run: () => trust.setDisabled(user.name, false),
    touches,
    said: `${user.name} may sign in again.`,
  });
  const disable = useChange({
    run: () => trust.setDisabled(user.name, true),
    touches,
    said: `${user.name} is shut out.`,
    done: () => setAsking(false),
  });
  const Icon = user.disabled ? IconLock : IconCircleCheck;
  const tone = user.disabled ? "attention" : "good";
  return (
    <>
      <section className={classes.state} data-tone={tone} aria-label="State of the user">
        <span className={`${classes.stateIcon} ${classes[tone]}`}>
          <Icon size={22} aria-hidden />
        </span>
        <div className={classes.stateWords}>
          <strong>{user.disabled ? "Disabled" : "Active"}</strong>
          {user.disabled
            ? "Nobody comes in by this name: no session, link or access key of it works."
            : howTheyComeIn(user)}
        </div>
        <div className={classes.buttons}>
          {user.disabled && user.may.includes("EnableUser") && (
            <Button loading={enable.busy} onClick={() => enable.go()}>
              Enable
            </Button>
          )}
          {!user.disabled && user.may.includes("DisableUser") && (
            <Button
              variant="default"
              leftSection={<IconLock size={16} aria-hidden />}
              onClick={() => setAsking(true)}
            >
              Disable…
            </Button>
          )}
          {user.may.includes("MakeLink") && (
            <Button
              variant="default"
              leftSection={<IconLink size={16} aria-hidden />}
              onClick={() => setLinking(true)}
            >
              New sign-in link…
            </Button>
          )}
          {user.may.includes("DeleteUser") && (
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default">More</Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  color="red"
                  leftSection={<IconTrash size={16} aria-hidden />}
                  onClick={() => setRemoving(true)}
                >
                  Delete…
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </div>
      </section>
      {linking && <SignInLink name={user.name} onClose={() => setLinking(false)} />}
      {removing && <RemoveUser user={user} onClose={() => setRemoving(false)} />}
      {enable.problem && <ProblemPanel doing="managing" problem={enable.problem} />}
      {asking && (
        <TypedDialog
          title={`Disable ${user.name}`}
          accepted={[user.name]}
          what="the user’s name"
          doLabel="Disable the user"
          busy={disable.busy}
          problem={disable.problem}
          onDo={() => disable.go()}
          onClose={() => setAsking(false)}
        >
          <div>
            <p style={{ margin: "0 0 8px" }}>At once this stops working:</p>
            <ul className={classes.list}>
              <li>every session of {user.name} in a browser, also those that are at work now</li>
              <li>every sign-in link that was not used yet</li>
              <li>
                {user.accessKeys > 0 ? count(user.accessKeys, "access key") : "access keys"}, with the
                temporary credentials made from them
              </li>
            </ul>
          </div>
          <p className={classes.note}>Enabling the user lets them sign in again; old sessions stay ended.</p>
        </TypedDialog>
      )}
    </>
  );
}

function howTheyComeIn(user: Member): string {
  if (user.sso) return "Signs in through single sign-on.";
  return user.hasPassword ? "Signs in with a password." : "Has no password: signs in by a one-time link.";
}

function UserFacts({ user }: { user: Member }) {
  const [editing, setEditing] = useState(false);
  return (
    <Card
      title="Who it is"
      actions={
        user.may.includes("UpdateUser") && (
          <Button size="xs" variant="default" onClick={() => setEditing(true)}>
            Edit…
          </Button>
        )
      }
    >
      <dl className={classes.facts}>
        <dt>Name</dt>
        <dd>{user.name}</dd>
        <dt>Display name</dt>
        <dd>{user.displayName}</dd>
        <dt>Role</dt>
        <dd>
          {user.role}: {roleMeaning[user.role]}
        </dd>
        <dt>Groups</dt>
        <dd>{user.groups.length === 0 ? "none" : <Groups names={user.groups} />}</dd>
        <dt>Kept by</dt>
        <dd>{user.origin === "project" ? "the project’s files" : "administrators, on this page"}</dd>
        <dt>Created</dt>
        <dd>
          <When at={user.createdAt} />
        </dd>
        <dt>Last seen</dt>
        <dd>{user.lastSeen ? <When at={user.lastSeen} /> : "not lately"}</dd>
        <dt>ARN</dt>
        <dd>
          <span className="mono">{user.arn}</span> <CopyIcon value={user.arn} label="Copy ARN" />
        </dd>
      </dl>
      {user.origin === "project" && (
        <p className={classes.note}>
          Display name, role and groups change in the project’s files, and who is taken out of them is
          disabled. Policies, access keys and sign-in links are kept here.
        </p>
      )}
      {editing && <EditUser user={user} onClose={() => setEditing(false)} />}
    </Card>
  );
}

/** Groups by name; those that can have policies lead to their page. */
function Groups({ names }: { names: string[] }) {
  const { data } = useQuery(entitiesQuery("groups"));
  const known = new Set(data?.items.map((group) => group.name));
  return names.map((name, index) => (
    <span key={name}>
      {index > 0 && ", "}
      {known.has(name) ? (
        <Link to="/access/groups/$name" params={{ name }}>
          {name}
        </Link>
      ) : (
        name
      )}
    </span>
  ));
}
