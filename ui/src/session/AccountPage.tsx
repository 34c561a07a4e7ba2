import { Badge, Button, PasswordInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import { meQuery } from "../api/queries";
import type { Me } from "../api/types";
import { exactUtc, formatTimestamp } from "../format/format";
import { Page } from "../frame/Page";
import { ProblemPanel } from "../state/ProblemPanel";
import classes from "./account.module.css";
import { checkPassword, checkRepeat, passwordRule } from "./password";
import { roleMeaning } from "./roles";
import { useMe } from "./session";

export function AccountPage() {
  const me = useMe();
  return (
    <Page title="Account">
      <div className={classes.columns}>
        <section className={classes.card} aria-labelledby="who">
          <h2 id="who">Who you are</h2>
          <dl className={classes.facts}>
            <dt>Display name</dt>
            <dd className="breakable">{me.displayName}</dd>
            <dt>Name</dt>
            <dd className="breakable">{me.name}</dd>
            <dt>Role</dt>
            <dd>
              {me.role}: {roleMeaning[me.role]}
            </dd>
            <dt>Groups</dt>
            <dd>{me.groups.length === 0 ? "none" : <Groups names={me.groups} />}</dd>
            <dt>Session ends</dt>
            <dd title={exactUtc(me.expiresAt)}>{formatTimestamp(me.expiresAt)}</dd>
          </dl>
        </section>
        <PasswordSection me={me} key={me.hasPassword ? "change" : "set"} />
      </div>
    </Page>
  );
}

function Groups({ names }: { names: string[] }) {
  return (
    <span style={{ display: "flex", flexWrap: "wrap", gap: 4 }}>
      {names.map((name) => (
        <Badge key={name} variant="default" tt="none">
          {name}
        </Badge>
      ))}
    </span>
  );
}

const empty = { current: "", password: "", repeat: "" };

function PasswordSection({ me }: { me: Me }) {
  const client = useQueryClient();
  const [fields, setFields] = useState(empty);
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: () =>
      api.setPassword({ password: fields.password, ...(me.hasPassword ? { current: fields.current } : {}) }),
    onSuccess: () => {
      notifications.show({ message: "Password saved. Your other sessions are signed out." });
      setFields(empty);
      setTried(false);
      const now: Me = { ...me, hasPassword: true };
      client.setQueryData<Me | null>(meQuery.queryKey, now);
    },
  });
  const faults = {
    current: me.hasPassword && fields.current === "" ? "Your present password is needed." : undefined,
    password: checkPassword(fields.password, me.name),
    repeat: checkRepeat(fields.password, fields.repeat),
  };
  const problem = change.error ? asProblem(change.error) : undefined;
  const field = (name: keyof typeof empty) => ({
    value: fields[name],
    error: (tried ? faults[name] : undefined) ?? problem?.errors.find((one) => one.field === name)?.message,
    onChange: (event: { currentTarget: HTMLInputElement }) => {
      const { value } = event.currentTarget;
      setFields((now) => ({ ...now, [name]: value }));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const sound = !faults.current && !faults.password && !faults.repeat;
    if (sound && !change.isPending) change.mutate();
  };
  return (
    <section className={classes.card} aria-labelledby="password">
      <h2 id="password">{me.hasPassword ? "Change password" : "Set a password"}</h2>
      {!me.hasPassword && (
        <p className={classes.note}>
          You came in through a one-time link. Set a password to be able to sign in again.
        </p>
      )}
      <form className={classes.form} onSubmit={submit} noValidate>
        {problem && problem.errors.length === 0 && <ProblemPanel problem={problem} />}
        <input type="text" hidden readOnly autoComplete="username" value={me.name} />
        {me.hasPassword && (
          <PasswordInput
            label="Present password"
            autoComplete="current-password"
            visibilityToggleButtonProps={{ "aria-label": "Show present password" }}
            {...field("current")}
          />
        )}
        <PasswordInput
          label="New password"
          description={passwordRule}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": "Show new password" }}
          {...field("password")}
        />
        <PasswordInput
          label="New password again"
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": "Show repeated password" }}
          {...field("repeat")}
        />
        <div>
          <Button type="submit" loading={change.isPending}>
            Save password
          </Button>
        </div>
      </form>
    </section>
  );
}
