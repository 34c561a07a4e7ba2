import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { asProblem } from "../api/problem";
import type { Me } from "../api/types";
import type { Search } from "../dashboard/urlState";
import { ProblemPanel } from "../state/ProblemPanel";
import { Door } from "./Door";
import { claimToken, onToken } from "./linkToken";
import { beginSession, safeNext } from "./session";
import classes from "./session.module.css";

function useEnter() {
  const navigate = useNavigate();
  const search: Search = useSearch({ strict: false });
  return (me: Me) => {
    beginSession(me);
    navigate({ href: safeNext(search.next?.[0]), replace: true });
  };
}

export function SignInPage() {
  const enter = useEnter();
  const link = useMutation({ mutationFn: api.signInWithLink, onSuccess: enter });
  const { mutate } = link;
  useEffect(() => {
    const use = () => {
      const token = claimToken();
      if (token !== "") mutate(token);
    };
    use();
    return onToken(use);
  }, [mutate]);

  if (link.isPending || link.isSuccess) {
    return (
      <Door title="Signing in" lead="Your one-time link is being used.">
        {null}
      </Door>
    );
  }
  return (
    <Door title="Sign in">
      {link.isError && <LinkProblem error={link.error} onRetry={() => mutate(link.variables)} />}
      <PasswordForm onEntered={enter} />
    </Door>
  );
}

function LinkProblem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const problem = asProblem(error);
  const retry = problem.code === "link_used" ? undefined : onRetry;
  return (
    <div style={{ margin: "12px 0 16px" }}>
      <ProblemPanel problem={problem} onStep={retry} />
    </div>
  );
}

function PasswordForm({ onEntered }: { onEntered: (me: Me) => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const passwordField = useRef<HTMLInputElement>(null);
  const signIn = useMutation({
    mutationFn: () => api.signIn(name.trim(), password),
    onSuccess: onEntered,
    onError: () => passwordField.current?.select(),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "" && password !== "" && !signIn.isPending) signIn.mutate();
  };
  return (
    <form className={classes.form} onSubmit={submit} style={{ marginTop: 12 }}>
      {signIn.isError && <ProblemPanel problem={asProblem(signIn.error)} />}
      <TextInput
        label="Name"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        required
        withAsterisk={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        ref={passwordField}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": "Show password" }}
      />
      <Button type="submit" fullWidth loading={signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}
