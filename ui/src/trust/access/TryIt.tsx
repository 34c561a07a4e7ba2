import { Autocomplete, Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Explanation } from "../../api/types";
import type { Search } from "../../dashboard/urlState";
import { usePageSearch } from "../../dashboard/usePageSearch";
import { useMe } from "../../session/session";
import { ProblemPanel } from "../../state/ProblemPanel";
import { trust } from "../api";
import { Card } from "../Card";
import { entitiesQuery, usersQuery } from "../queries";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { Verdict } from "../Verdict";
import { actionFault, commonActions } from "../words";

/** Asks whether somebody may do something, and which rule decides. Who asks what stands in the address. */
export function TryIt() {
  const [search, setSearch] = usePageSearch();
  return (
    <Card title="Who may do what">
      <p className={classes.note}>
        The answer weighs the user’s or role’s own policies, those of its groups, its boundary, and what the
        thing itself has: a key its policy and grants, a secret its policy, a role its trust policy.
      </p>
      <Question
        principal={search.who?.[0] ?? ""}
        action={search.do?.[0] ?? ""}
        resource={search.on?.[0] ?? ""}
        onAsk={(who, action, on) =>
          setSearch((now: Search) => ({ ...now, who: [who], do: [action], on: on === "" ? [] : [on] }), true)
        }
      />
    </Card>
  );
}

/** Asks what a policy allows by itself, as it is typed now. */
export function TryPolicy({ text, saved }: { text: string; saved: boolean }) {
  const { role } = useMe();
  // Others' policies are for administrators to read.
  if (role !== "admin") return null;
  return (
    <Card title="Try it">
      <p className={classes.note}>
        Whether a user who has this policy{saved ? "" : ", as it is typed here,"} and nothing else may do
        something.
      </p>
      <Question policy={text} principal="" action="" resource="" />
    </Card>
  );
}

interface Props {
  principal: string;
  action: string;
  resource: string;
  /** instead of a principal */
  policy?: string;
  onAsk?: (principal: string, action: string, resource: string) => void;
}

function Question({ policy, onAsk, ...first }: Props) {
  const [principal, setPrincipal] = useState(first.principal);
  const [action, setAction] = useState(first.action);
  const [resource, setResource] = useState(first.resource);
  const [tried, setTried] = useState(false);
  const [answer, setAnswer] = useState<Explanation>();
  const ask = useChange({
    run: () =>
      trust.explain({
        action,
        ...(resource === "" ? {} : { resource }),
        ...(policy === undefined ? { principal } : { policy }),
      }),
    touches: [],
    done: (found: Explanation) => setAnswer(found),
  });
  const nobody = policy === undefined && principal === "";
  const fault = actionFault(action);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    setAnswer(undefined);
    if (nobody || fault || ask.busy) return;
    onAsk?.(principal, action, resource);
    ask.go();
  };
  return (
    <form className={classes.form} style={{ gap: 8 }} onSubmit={submit} noValidate aria-label="Try it">
      <div className={classes.questions}>
        {policy === undefined && (
          <Principal
            value={principal}
            onChange={setPrincipal}
            error={tried && nobody ? "Name a user or a role." : undefined}
          />
        )}
        <Autocomplete
          label={policy === undefined ? "do this" : "May they do this"}
          placeholder="kms:Decrypt"
          data={commonActions}
          limit={50}
          spellCheck={false}
          value={action}
          onChange={(value) => setAction(value.trim())}
          error={tried ? fault : undefined}
        />
        <TextInput
          label="on this"
          placeholder="an ARN; everything when empty"
          autoComplete="off"
          spellCheck={false}
          value={resource}
          onChange={(event) => setResource(event.currentTarget.value.trim())}
        />
      </div>
      <div>
        <Button type="submit" variant="default" loading={ask.busy}>
          Explain
        </Button>
      </div>
      {ask.problem && <ProblemPanel doing="managing" problem={ask.problem} />}
      {answer && <Verdict answer={answer} />}
    </form>
  );
}

interface PrincipalProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** A user's name, or a role's ARN. */
function Principal({ value, onChange, error }: PrincipalProps) {
  const { data: users } = useQuery(usersQuery);
  const { data: roles } = useQuery(entitiesQuery("roles"));
  const data = [
    ...(users?.items ?? []).filter((user) => !user.disabled).map((user) => user.name),
    ...(roles?.items ?? []).map((role) => role.arn),
  ];
  return (
    <Autocomplete
      label="May this user or role"
      placeholder="a user’s name, or a role’s ARN"
      data={data}
      limit={50}
      spellCheck={false}
      value={value}
      onChange={(next) => onChange(next.trim())}
      error={error}
    />
  );
}
