import { Button, Menu, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Entity } from "../../api/types";
import { Page } from "../../frame/Page";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { FormDialog } from "../FormDialog";
import { Loaded } from "../Loaded";
import { besidesPolicy, PolicyField } from "../PolicyField";
import { indented } from "../policyTemplates";
import { jsonMistake } from "../policyText";
import { entityQuery } from "../queries";
import { Tags } from "../Tags";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { minutesFault } from "../words";
import { Boundary } from "./Boundary";
import { EntityFacts } from "./EntityFacts";
import { Minutes } from "./NewRole";
import { Policies } from "./Policies";
import { RemoveRole } from "./Remove";

const crumbs = [{ label: "Access", to: "/access" }];

export function RolePage() {
  const { name = "" } = useParams({ strict: false });
  const query = useQuery(entityQuery("roles", name));
  return (
    <Page title={query.data?.name ?? name} crumbs={crumbs}>
      <Loaded query={query} lines={6} whole>
        {(role) => <RoleBody role={role} key={role.name} />}
      </Loaded>
    </Page>
  );
}

function RoleBody({ role }: { role: Entity }) {
  const may = (operation: string) => role.may.includes(operation);
  const touches = [["roles"]];
  return (
    <div className={classes.page}>
      <div className={classes.columns}>
        <div className={classes.stack}>
          <EntityFacts title="Role" value={role} actions={<Actions role={role} />} />
          <Policies kind="roles" name={role.name} may={role.may} />
          <Boundary
            kind="roles"
            name={role.name}
            boundary={role.boundary}
            maySet={may("PutRolePermissionsBoundary")}
            mayRemove={may("DeleteRolePermissionsBoundary")}
            touches={touches}
          />
          <Tags
            name={role.name}
            tags={role.tags}
            mayEdit={may("TagRole") && may("UntagRole")}
            save={(tags) => trust.setTags("roles", role.name, tags)}
            touches={touches}
          />
        </div>
        <Trust role={role} key={role.trust} />
      </div>
    </div>
  );
}

function Actions({ role }: { role: Entity }) {
  const [open, setOpen] = useState<"edit" | "delete">();
  const close = () => setOpen(undefined);
  return (
    <>
      {role.may.includes("UpdateRole") && (
        <Button size="xs" variant="default" onClick={() => setOpen("edit")}>
          Edit…
        </Button>
      )}
      {role.may.includes("DeleteRole") && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="xs" variant="default">
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => setOpen("delete")}
            >
              Delete…
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {open === "edit" && <Edit role={role} onClose={close} />}
      {open === "delete" && <RemoveRole role={role} onClose={close} />}
    </>
  );
}

function Edit({ role, onClose }: { role: Entity; onClose: () => void }) {
  const [description, setDescription] = useState(role.description ?? "");
  const [minutes, setMinutes] = useState<number | string>((role.maxSession ?? 3600) / 60);
  const change = useChange({
    run: () => trust.changeRole(role.name, { description, maxSession: Number(minutes) * 60 }),
    touches: [["roles"]],
    said: `The role ${role.name} is changed.`,
    done: onClose,
  });
  const fault = minutesFault(minutes);
  return (
    <FormDialog
      title={`Edit ${role.name}`}
      doLabel="Save"
      busy={change.busy}
      problem={change.problem}
      onSubmit={() => {
        if (!fault) change.go();
      }}
      onClose={onClose}
    >
      <TextInput
        label="Description"
        autoComplete="off"
        maxLength={1000}
        data-autofocus
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <Minutes value={minutes} onChange={setMinutes} error={fault} />
    </FormDialog>
  );
}

/** Who may assume the role; a change holds for whoever assumes it from then on. */
function Trust({ role }: { role: Entity }) {
  const saved = indented(role.trust ?? "");
  const [draft, setDraft] = useState<string>();
  const [tried, setTried] = useState(false);
  const text = draft ?? saved;
  const put = useChange({
    run: () => trust.putTrust(role.name, text),
    touches: [["roles"]],
    said: "The trust policy is saved. Sessions that there are go on.",
    done: () => setDraft(undefined),
  });
  const save = () => {
    setTried(true);
    if (!jsonMistake(text) && !put.busy) put.go();
  };
  const other = besidesPolicy(put.problem);
  return (
    <Card title="Who may assume it">
      <PolicyField
        label="Trust policy"
        hideLabel
        value={text}
        problem={put.problem}
        tried={tried}
        readOnly={!role.may.includes("UpdateAssumeRolePolicy")}
        onChange={(next) => {
          setDraft(next);
          if (put.problem) put.reset();
        }}
      />
      {other && <ProblemPanel doing="managing" problem={other} />}
      {text !== saved && (
        <div className={classes.buttons}>
          <Button size="xs" loading={put.busy} onClick={save}>
            Save trust policy
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setDraft(undefined);
              setTried(false);
              put.reset();
            }}
          >
            Discard
          </Button>
        </div>
      )}
    </Card>
  );
}
