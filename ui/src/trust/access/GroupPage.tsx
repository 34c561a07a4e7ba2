import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { Entity } from "../../api/types";
import { Page } from "../../frame/Page";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { entityQuery } from "../queries";
import classes from "../trust.module.css";
import { EntityFacts } from "./EntityFacts";
import { Policies } from "./Policies";

const crumbs = [{ label: "Access", to: "/access" }];

export function GroupPage() {
  const { name = "" } = useParams({ strict: false });
  const query = useQuery(entityQuery("groups", name));
  return (
    <Page title={query.data?.name ?? name} crumbs={crumbs}>
      <Loaded query={query} lines={6} whole>
        {(group) => (
          <div className={classes.page}>
            <div className={classes.columns}>
              <div className={classes.stack}>
                <EntityFacts title="Group" value={group} />
                <Members group={group} />
              </div>
              <Policies
                kind="groups"
                name={group.name}
                mayAttach={group.may.includes("AttachGroupPolicy")}
                mayDetach={group.may.includes("DetachGroupPolicy")}
              />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Members({ group }: { group: Entity }) {
  const members = group.members ?? [];
  return (
    <Card title="Members">
      {members.length === 0 ? (
        <p className={classes.note}>Nobody is in this group.</p>
      ) : (
        <ul className={classes.plain}>
          {members.map((name) => (
            <li key={name}>
              <Link to="/access/users/$name" params={{ name }} className="breakable">
                {name}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
