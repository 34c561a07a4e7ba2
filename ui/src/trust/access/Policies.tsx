import { ActionIcon, Button, Select, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ProblemPanel } from "../../state/ProblemPanel";
import { type Kind, trust } from "../api";
import { Card } from "../Card";
import { Dialog } from "../Dialog";
import { Loaded } from "../Loaded";
import { indented } from "../policyTemplates";
import { managedPoliciesQuery, policiesQuery, policyTextQuery } from "../queries";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { lastPart } from "../words";
import { Inline, NewInline } from "./InlinePolicy";

interface Props {
  kind: Kind;
  name: string;
  /** operations that one may do on the user, group or role */
  may: string[];
  /** a right that no attached policy gives */
  also?: string;
}

type Chosen = { arn?: string; inline?: string; title: string };

const wordOf: Record<Kind, string> = { users: "User", groups: "Group", roles: "Role" };

/** The policies of a user, group or role: managed ones, and those that only it has. */
export function Policies({ kind, name, may, also = "" }: Props) {
  const query = useQuery(policiesQuery(kind, name));
  const [open, setOpen] = useState<Chosen>();
  const [writing, setWriting] = useState(false);
  const mayDo = (verb: string) => may.includes(`${verb}${wordOf[kind]}Policy`);
  const touches = [["policies", kind, name]];
  const detach = useChange({
    run: (arn: string) => trust.detach(kind, name, arn),
    touches,
    said: (_, arn) => `${lastPart(arn)} is detached, from the next request on.`,
  });
  return (
    <Card
      title="Policies"
      actions={
        mayDo("Put") && (
          <Button size="xs" variant="default" onClick={() => setWriting(true)}>
            Write one of its own…
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {({ attached, inline }) => (
          <>
            {attached.length + inline.length === 0 && also === "" && (
              <p className={classes.note}>None: nothing is allowed by a policy of its own.</p>
            )}
            <ul className={classes.plain}>
              {also !== "" && (
                <li className={classes.line}>
                  <span className={classes.lineWords}>{also}</span>
                </li>
              )}
              {attached.map((policy) => (
                <li className={classes.line} key={policy.arn}>
                  <span className={classes.lineWords}>
                    <TextButton onClick={() => setOpen({ arn: policy.arn, title: policy.name })}>
                      {policy.name}
                    </TextButton>
                  </span>
                  {mayDo("Detach") && (
                    <Tooltip label="Detach">
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={`Detach ${policy.name}`}
                        loading={detach.busy}
                        onClick={() => detach.go(policy.arn)}
                      >
                        <IconX size={16} aria-hidden />
                      </ActionIcon>
                    </Tooltip>
                  )}
                </li>
              ))}
              {inline.map((policy) => (
                <li className={classes.line} key={policy}>
                  <span className={classes.lineWords}>
                    <TextButton onClick={() => setOpen({ inline: policy, title: policy })}>
                      {policy}
                    </TextButton>{" "}
                    <span className={classes.quiet}>its own</span>
                  </span>
                </li>
              ))}
            </ul>
            {detach.problem && <ProblemPanel doing="managing" problem={detach.problem} />}
            {mayDo("Attach") && (
              <Attach kind={kind} name={name} have={attached.map((policy) => policy.arn)} />
            )}
          </>
        )}
      </Loaded>
      {open?.arn && <Text kind={kind} name={name} policy={open} onClose={() => setOpen(undefined)} />}
      {open?.inline && (
        <Inline
          kind={kind}
          name={name}
          policy={open.inline}
          mayPut={mayDo("Put")}
          mayDelete={mayDo("Delete")}
          onClose={() => setOpen(undefined)}
        />
      )}
      {writing && <NewInline kind={kind} name={name} onClose={() => setWriting(false)} />}
    </Card>
  );
}

function TextButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      onClick={onClick}
      style={{ marginLeft: -8 }}
      aria-haspopup="dialog"
    >
      {children}
    </Button>
  );
}

function Attach({ kind, name, have }: { kind: Kind; name: string; have: string[] }) {
  const { data } = useQuery(managedPoliciesQuery);
  const [arn, setArn] = useState<string | null>(null);
  const attach = useChange({
    run: (chosen: string) => trust.attach(kind, name, chosen),
    touches: [["policies", kind, name]],
    said: (_, chosen) => `${lastPart(chosen)} is attached, from the next request on.`,
    done: () => setArn(null),
  });
  const free = (data?.items ?? []).filter((policy) => !have.includes(policy.arn));
  return (
    <>
      <div className={classes.bar} style={{ alignItems: "end" }}>
        <Select
          className={classes.search}
          label="Attach a policy"
          placeholder="Choose one"
          data={free.map((policy) => ({ value: policy.arn, label: policy.name }))}
          searchable
          nothingFoundMessage="No such policy"
          value={arn}
          onChange={setArn}
        />
        <Button
          variant="default"
          disabled={arn === null}
          loading={attach.busy}
          onClick={() => arn && attach.go(arn)}
        >
          Attach
        </Button>
      </div>
      {attach.problem && <ProblemPanel doing="managing" problem={attach.problem} />}
    </>
  );
}

interface TextProps {
  kind: Kind;
  name: string;
  policy: Chosen;
  onClose: () => void;
}

function Text({ kind, name, policy, onClose }: TextProps) {
  const { title, ...which } = policy;
  const query = useQuery(policyTextQuery(kind, name, which));
  return (
    <Dialog onClose={onClose} title={title} size="lg">
      <div className={classes.form}>
        <Loaded query={query} lines={6}>
          {(text) => <PolicyText text={text} />}
        </Loaded>
        <div>
          <Link to="/access/policy" search={{ arn: [policy.arn ?? ""] } as never}>
            Its page, with versions and who else has it
          </Link>
        </div>
      </div>
    </Dialog>
  );
}

function PolicyText({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <pre className={classes.text} tabIndex={0}>
      {indented(text)}
    </pre>
  );
}
