import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Kind, trust } from "../api";
import { FormDialog } from "../FormDialog";
import { Loaded } from "../Loaded";
import { besidesPolicy, PolicyField } from "../PolicyField";
import { indented, templates } from "../policyTemplates";
import { jsonMistake } from "../policyText";
import { policyTextQuery } from "../queries";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { iamNameFault, iamNameRule } from "../words";
import { Templates } from "./Templates";
import { useAccount } from "./useAccount";

interface Props {
  kind: Kind;
  name: string;
  onClose: () => void;
}

/** Writes a policy that belongs to one user, group or role only. */
export function NewInline({ kind, name, onClose }: Props) {
  const account = useAccount();
  const [title, setTitle] = useState("");
  const [draft, setDraft] = useState<string>();
  const [tried, setTried] = useState(false);
  const text = draft ?? templates[0]?.text(account) ?? "";
  const put = useChange({
    run: () => trust.putInline(kind, name, title, text),
    touches: [["policies", kind, name]],
    said: `${title} holds for ${name}, from the next request on.`,
    done: onClose,
  });
  const fault = iamNameFault(title, 128);
  const write = (next: string) => {
    setDraft(next);
    if (put.problem) put.reset();
  };
  return (
    <FormDialog
      title={`A policy of ${name} only`}
      size="lg"
      doLabel="Save policy"
      busy={put.busy}
      problem={besidesPolicy(put.problem)}
      onSubmit={() => {
        setTried(true);
        if (!fault && !jsonMistake(text)) put.go();
      }}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description={`${iamNameRule(128)} A policy of the same name is replaced.`}
        autoComplete="off"
        spellCheck={false}
        required
        data-autofocus
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value.trim())}
        error={tried ? fault : undefined}
      />
      <Templates account={account} onPick={write} />
      <PolicyField label="Policy" value={text} problem={put.problem} tried={tried} onChange={write} />
    </FormDialog>
  );
}

interface EditProps extends Props {
  policy: string;
  mayPut: boolean;
  mayDelete: boolean;
}

/** Shows a policy of one user, group or role; whoever may, changes or deletes it here. */
export function Inline(props: EditProps) {
  const query = useQuery(policyTextQuery(props.kind, props.name, { inline: props.policy }));
  return <Loaded query={query}>{(saved) => <Editor {...props} saved={saved} />}</Loaded>;
}

function Editor({ kind, name, policy, mayPut, mayDelete, saved, onClose }: EditProps & { saved: string }) {
  const [draft, setDraft] = useState<string>();
  const [tried, setTried] = useState(false);
  const touches = [["policies", kind, name]];
  const text = draft ?? indented(saved);
  const put = useChange({
    run: () => trust.putInline(kind, name, policy, text),
    touches,
    said: `${policy} is saved, and holds from the next request on.`,
    done: onClose,
  });
  const remove = useChange({
    run: () => trust.removeInline(kind, name, policy),
    touches: [["policies", kind, name, "all"]],
    said: `${policy} is deleted, from the next request on.`,
    done: onClose,
  });
  return (
    <FormDialog
      title={policy}
      size="lg"
      doLabel="Save policy"
      leaveLabel="Close"
      mayDo={mayPut && draft !== undefined}
      busy={put.busy}
      problem={besidesPolicy(put.problem) ?? remove.problem}
      onSubmit={() => {
        setTried(true);
        if (!jsonMistake(text)) put.go();
      }}
      onClose={onClose}
      also={
        mayDelete && (
          <Button variant="subtle" color="red" loading={remove.busy} onClick={() => remove.go()}>
            Delete policy
          </Button>
        )
      }
    >
      <p className={classes.note}>It belongs to {name} only, and is deleted with it.</p>
      <PolicyField
        label="Policy"
        hideLabel
        value={text}
        problem={put.problem}
        tried={tried}
        readOnly={!mayPut}
        onChange={(next) => {
          setDraft(next);
          if (put.problem) put.reset();
        }}
      />
    </FormDialog>
  );
}
