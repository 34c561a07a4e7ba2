import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Entity } from "../../api/types";
import { Page } from "../../frame/Page";
import { Loaded } from "../Loaded";
import { entityQuery } from "../queries";
import classes from "../trust.module.css";
import { EntityFacts } from "./EntityFacts";
import { Members } from "./Members";
import { Policies } from "./Policies";
import { RemoveGroup } from "./Remove";

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
                <EntityFacts
                  title="Group"
                  value={group}
                  actions={group.may.includes("DeleteGroup") && <Delete value={group} />}
                />
                <Members group={group} />
              </div>
              <Policies kind="groups" name={group.name} may={group.may} />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Delete({ value }: { value: Entity }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        Delete…
      </Button>
      {asking && <RemoveGroup group={value} onClose={() => setAsking(false)} />}
    </>
  );
}
