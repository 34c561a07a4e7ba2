import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Page } from "../../frame/Page";
import { Card } from "../Card";
import { Loaded } from "../Loaded";
import { entityQuery } from "../queries";
import classes from "../trust.module.css";
import { EntityFacts } from "./EntityFacts";
import { Policies, PolicyText } from "./Policies";

const crumbs = [{ label: "Access", to: "/access" }];

export function RolePage() {
  const { name = "" } = useParams({ strict: false });
  const query = useQuery(entityQuery("roles", name));
  return (
    <Page title={query.data?.name ?? name} crumbs={crumbs}>
      <Loaded query={query} lines={6} whole>
        {(role) => (
          <div className={classes.page}>
            <div className={classes.columns}>
              <div className={classes.stack}>
                <EntityFacts title="Role" value={role} />
                <Policies kind="roles" name={role.name} />
              </div>
              <Card title="Who may assume it">
                <PolicyText text={role.trust ?? ""} />
              </Card>
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
