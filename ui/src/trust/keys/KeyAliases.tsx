import { Button, Select, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Key } from "../../api/types";
import { trust } from "../api";
import { Card } from "../Card";
import { FormDialog } from "../FormDialog";
import { keysQuery } from "../queries";
import { TypedDialog } from "../TypedDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { aliasFault, aliasRule, keyName } from "../words";

type Open = { what: "add" } | { what: "move" | "delete"; alias: string };

/** The names of a key. Programs that use one follow it to whichever key it names. */
export function KeyAliases({ value: key }: { value: Key }) {
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const may = (operation: string) => key.state !== "PendingDeletion" && key.may.includes(operation);
  return (
    <Card
      title="Aliases"
      actions={
        may("CreateAlias") && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setOpen({ what: "add" })}
          >
            Add alias
          </Button>
        )
      }
    >
      {key.aliases.length === 0 && <p className={classes.note}>None: the key is found by its id only.</p>}
      <ul className={classes.plain}>
        {key.aliases.map((alias) => (
          <li key={alias} className={classes.line}>
            <span className={classes.lineWords}>{alias}</span>
            {may("UpdateAlias") && (
              <Button
                size="compact-sm"
                variant="subtle"
                aria-label={`Move ${alias}`}
                onClick={() => setOpen({ what: "move", alias })}
              >
                Move…
              </Button>
            )}
            {key.may.includes("DeleteAlias") && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                aria-label={`Delete ${alias}`}
                onClick={() => setOpen({ what: "delete", alias })}
              >
                Delete…
              </Button>
            )}
          </li>
        ))}
      </ul>
      {open?.what === "add" && <Add value={key} onClose={close} />}
      {open?.what === "move" && <Move value={key} alias={open.alias} onClose={close} />}
      {open?.what === "delete" && <Delete value={key} alias={open.alias} onClose={close} />}
    </Card>
  );
}

function Add({ value: key, onClose }: { value: Key; onClose: () => void }) {
  const [alias, setAlias] = useState("");
  const [tried, setTried] = useState(false);
  const create = useChange({
    run: () => trust.createAlias(key.id, alias),
    touches: [["key", key.id], ["keys"]],
    said: `${alias} names this key.`,
    done: onClose,
  });
  const fault = aliasFault(alias);
  return (
    <FormDialog
      title={`Another name for ${keyName(key)}`}
      doLabel="Add alias"
      busy={create.busy}
      problem={create.problem}
      onSubmit={() => {
        setTried(true);
        if (!fault) create.go();
      }}
      onClose={onClose}
    >
      <TextInput
        label="Alias"
        description={`${aliasRule} An alias that another key has is moved on the page of that key.`}
        autoComplete="off"
        spellCheck={false}
        required
        data-autofocus
        value={alias}
        onChange={(event) => setAlias(event.currentTarget.value.trim().replace(/^alias\//, ""))}
        error={tried ? fault : undefined}
      />
    </FormDialog>
  );
}

interface AliasProps {
  value: Key;
  alias: string;
  onClose: () => void;
}

function Move({ value: key, alias, onClose }: AliasProps) {
  const { data } = useQuery(keysQuery);
  const [to, setTo] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  // KMS moves an alias only between keys that do the same.
  const fit = (data?.items ?? []).filter(
    (one) =>
      one.id !== key.id &&
      one.manager === "CUSTOMER" &&
      one.usage === key.usage &&
      one.state !== "PendingDeletion" &&
      one.state !== "",
  );
  const move = useChange({
    run: (target: string) => trust.moveAlias(target, alias),
    touches: [["key"], ["keys"]],
    said: (target) => `${alias} names the key ${keyName(target)} now.`,
    done: onClose,
  });
  return (
    <FormDialog
      title={`Move ${alias} to another key`}
      doLabel="Move the alias"
      busy={move.busy}
      problem={move.problem}
      onSubmit={() => {
        setTried(true);
        if (to) move.go(to);
      }}
      onClose={onClose}
    >
      <p className={classes.note}>
        From the next request on, whoever encrypts by the name {alias} uses the other key. What this key
        encrypted still opens with this key.
      </p>
      <Select
        label="To the key"
        placeholder={fit.length > 0 ? "Choose one" : "No other key does the same"}
        disabled={fit.length === 0}
        data={fit.map((one) => ({ value: one.id, label: keyName(one) }))}
        searchable
        limit={100}
        nothingFoundMessage="No such key"
        comboboxProps={{ withinPortal: false }}
        maxDropdownHeight={180}
        data-autofocus
        value={to}
        onChange={setTo}
        error={tried && !to ? "Choose a key." : undefined}
      />
    </FormDialog>
  );
}

function Delete({ value: key, alias, onClose }: AliasProps) {
  const remove = useChange({
    run: () => trust.removeAlias(alias),
    touches: [["key", key.id], ["keys"]],
    said: `The alias ${alias} is gone.`,
    done: onClose,
  });
  return (
    <TypedDialog
      title={`Delete the alias ${alias}`}
      accepted={[alias]}
      what="the alias"
      doLabel="Delete the alias"
      busy={remove.busy}
      problem={remove.problem}
      onDo={() => remove.go()}
      onClose={onClose}
    >
      <div>
        <p style={{ margin: "0 0 8px" }}>From the next request on, this stops working:</p>
        <ul className={classes.list}>
          <li>
            every request that names <strong>{alias}</strong>
          </li>
        </ul>
      </div>
      <p className={classes.note}>
        The key itself stays, and so does what it encrypted. The alias can be given again, to any key.
      </p>
    </TypedDialog>
  );
}
