import { ActionIcon, Button, Select, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemPanel } from "../../state/ProblemPanel";
import { type Kind, trust } from "../api";
import { Card } from "../Card";
import { Dialog } from "../Dialog";
import { Loaded } from "../Loaded";
import { managedPoliciesQuery, policiesQuery, policyTextQuery } from "../queries";
import classes from "../trust.module.css";
import { useChange } from "../useChange";

interface Props {
  kind: Kind;
  name: string;
  mayAttach?: boolean;
  mayDetach?: boolean;
  /** a right that no attached policy gives */
  also?: string;
}

type Chosen = { arn?: string; inline?: string; title: string };

/** The policies of a user, group or role; managed ones can be attached and detached. */
export function Policies({ kind, name, mayAttach = false, mayDetach = false, also = "" }: Props) {
  const query = useQuery(policiesQuery(kind, name));
  const [open, setOpen] = useState<Chosen>();
  const touches = [["policies", kind, name]];
  const detach = useChange({
    run: (arn: string) => trust.detach(kind, name, arn),
    touches,
    said: (_, arn) => `${lastPart(arn)} is detached, from the next request on.`,
  });
  return (
    <Card title="Policies">
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
                  {mayDetach && (
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
            {mayAttach && <Attach kind={kind} name={name} have={attached.map((policy) => policy.arn)} />}
          </>
        )}
      </Loaded>
      {open && <Text kind={kind} name={name} policy={open} onClose={() => setOpen(undefined)} />}
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

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
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
      <Loaded query={query} lines={6}>
        {(text) => <PolicyText text={text} />}
      </Loaded>
    </Dialog>
  );
}

/** A policy to be read: indented the same way, however it was written. */
export function PolicyText({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
    <pre className={classes.text} tabIndex={0}>
      {indented(text)}
    </pre>
  );
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
