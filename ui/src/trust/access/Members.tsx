import { ActionIcon, Button, Select, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Entity } from "../../api/types";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { usersQuery } from "../queries";
import classes from "../trust.module.css";
import { useChange } from "../useChange";

/** Who is in a group; those that the project's files keep are moved there. */
export function Members({ group }: { group: Entity }) {
  const members = group.members ?? [];
  const users = useQuery(usersQuery);
  const ofProject = new Set(
    users.data?.items.filter((user) => user.origin === "project").map((user) => user.name),
  );
  const remove = useChange({
    run: (user: string) => trust.removeMember(group.name, user),
    touches: [["groups"], ["user"], ["users"]],
    said: (_, user) => `${user} is out of ${group.name}, from the next request on.`,
  });
  const may = (operation: string) => group.may.includes(operation);
  return (
    <Card title="Members">
      {members.length === 0 && <p className={classes.note}>Nobody is in this group.</p>}
      {members.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        <ul className={`${classes.plain} ${classes.scrolls}`} tabIndex={0} aria-label="Members">
          {members.map((name) => (
            <li key={name} className={classes.line}>
              <span className={classes.lineWords}>
                <Link to="/access/users/$name" params={{ name }}>
                  {name}
                </Link>{" "}
                {ofProject.has(name) && <span className={classes.quiet}>by the project’s files</span>}
              </span>
              {may("RemoveUserFromGroup") && !ofProject.has(name) && (
                <Tooltip label="Take out of the group">
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Take ${name} out of the group`}
                    onClick={() => remove.go(name)}
                  >
                    <IconX size={16} aria-hidden />
                  </ActionIcon>
                </Tooltip>
              )}
            </li>
          ))}
        </ul>
      )}
      {remove.problem && <ProblemPanel doing="managing" problem={remove.problem} />}
      {may("AddUserToGroup") && users.data && (
        <Add
          group={group}
          free={users.data.items
            .filter((user) => user.origin === "hand" && !members.includes(user.name))
            .map((user) => user.name)}
          kept={ofProject.size}
        />
      )}
    </Card>
  );
}

function Add({ group, free, kept }: { group: Entity; free: string[]; kept: number }) {
  const [name, setName] = useState<string | null>(null);
  const add = useChange({
    run: (user: string) => trust.addMember(group.name, user),
    touches: [["groups"], ["user"], ["users"]],
    said: (_, user) => `${user} is in ${group.name}, from the next request on.`,
    done: () => setName(null),
  });
  return (
    <>
      <div className={classes.bar} style={{ alignItems: "end" }}>
        <Select
          className={classes.search}
          label="Add a user"
          placeholder={free.length > 0 ? "Choose one" : "There is nobody to add"}
          disabled={free.length === 0}
          data={free}
          limit={100}
          searchable
          nothingFoundMessage="No such user"
          value={name}
          onChange={setName}
        />
        <Button
          variant="default"
          disabled={name === null}
          loading={add.busy}
          onClick={() => name && add.go(name)}
        >
          Add
        </Button>
      </div>
      {kept > 0 && (
        <p className={classes.note}>
          Users of the project’s files are not in this list: their groups stand in the files.
        </p>
      )}
      {add.problem && <ProblemPanel doing="managing" problem={add.problem} />}
    </>
  );
}
