import { Anchor, Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { api } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { ProblemPanel } from "../state/ProblemPanel";
import { Door } from "./Door";
import { claimToken, onToken } from "./linkToken";
import { checkPassword, checkRepeat, passwordRule } from "./password";
import { beginSession } from "./session";
import classes from "./session.module.css";

const empty = { name: "admin", displayName: "", password: "", repeat: "" };
type Fields = typeof empty;

function faultsOf(fields: Fields): Partial<Record<keyof Fields, string>> {
  const faults: Partial<Record<keyof Fields, string | undefined>> = {
    name: /^[a-z][a-z0-9._-]*$/.test(fields.name)
      ? undefined
      : "Small letters, digits, dot, dash; a letter first.",
    displayName: fields.displayName.trim() === "" ? "How should others see you?" : undefined,
    password: checkPassword(fields.password, fields.name),
    repeat: checkRepeat(fields.password, fields.repeat),
  };
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault));
}

/** The first administrator of a new instance, made through the one-time link that the server printed. */
export function SetupPage() {
  const [token, setToken] = useState("");
  useEffect(() => {
    const use = () => setToken((current) => claimToken() || current);
    use();
    return onToken(use);
  }, []);
  if (token === "") {
    return (
      <Door title="Set up Signet" lead="Open the whole link that the server printed when it started first.">
        <Anchor href="/signin">Sign in instead</Anchor>
      </Door>
    );
  }
  return (
    <Door title="Set up Signet" lead="Make the first administrator of this instance.">
      <SetupForm token={token} />
    </Door>
  );
}

function SetupForm({ token }: { token: string }) {
  const navigate = useNavigate();
  const [fields, setFields] = useState(empty);
  const [tried, setTried] = useState(false);
  const setup = useMutation({
    mutationFn: () =>
      api.setup({
        token,
        name: fields.name,
        displayName: fields.displayName.trim(),
        password: fields.password,
      }),
    onSuccess: (me) => {
      beginSession(me);
      navigate({ to: "/dashboards", replace: true });
    },
  });
  const faults = faultsOf(fields);
  const problem = setup.error ? asProblem(setup.error) : undefined;
  const faultOf = (name: keyof Fields) =>
    (tried ? faults[name] : undefined) ?? problem?.errors.find((one) => one.field === name)?.message;
  const field = (name: keyof Fields) => ({
    value: fields[name],
    error: faultOf(name),
    onChange: (event: { currentTarget: HTMLInputElement }) => {
      const { value } = event.currentTarget;
      setFields((now) => ({ ...now, [name]: value }));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faults).length === 0 && !setup.isPending) setup.mutate();
  };
  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      {problem && <SetupProblem problem={problem} />}
      <TextInput label="Name" description="You sign in with it." autoComplete="username" {...field("name")} />
      <TextInput
        label="Display name"
        description="Others see it beside what you do."
        autoComplete="name"
        autoFocus
        {...field("displayName")}
      />
      <PasswordInput
        label="Password"
        description={passwordRule}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": "Show password" }}
        {...field("password")}
      />
      <PasswordInput
        label="Password again"
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": "Show repeated password" }}
        {...field("repeat")}
      />
      <Button type="submit" fullWidth loading={setup.isPending}>
        Make administrator
      </Button>
    </form>
  );
}

function SetupProblem({ problem }: { problem: Problem }) {
  if (problem.code === "not_found") {
    return (
      <div role="alert">
        This instance is set up already. <Anchor href="/signin">Sign in</Anchor>
      </div>
    );
  }
  return <ProblemPanel problem={problem} />;
}
