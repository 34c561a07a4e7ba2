import { Button, NativeSelect, PasswordInput, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useId, useState } from "react";
import classes from "../trust.module.css";
import { DrawPassword } from "./DrawPassword";
import own from "./secrets.module.css";
import {
  engines,
  type Kind,
  kindOf,
  type Login,
  loginFaults,
  loginOf,
  noLogin,
  type Pair,
  pairFaults,
  pairsOf,
  textFault,
  textOfLogin,
  textOfPairs,
} from "./value";

/** What was typed, in each of the three forms: changing the form loses nothing. */
export interface Draft {
  kind: Kind;
  login: Login;
  others: Pair[];
  pairs: Pair[];
  text: string;
}

export const noDraft: Draft = {
  kind: "login",
  login: noLogin,
  others: [],
  pairs: [{ name: "", value: "" }],
  text: "",
};

/** A draft that begins with a value. */
export function draftOf(text: string): Draft {
  const found = loginOf(text);
  const pairs = pairsOf(text);
  return {
    kind: kindOf(text),
    login: found ? { ...found.login, engine: found.login.engine || "postgres" } : noLogin,
    others: found?.others ?? [],
    pairs: pairs && pairs.length > 0 ? pairs : noDraft.pairs,
    text,
  };
}

/** The text that is stored. */
export function textOf(draft: Draft): string {
  if (draft.kind === "login") return textOfLogin(draft.login, draft.others);
  return draft.kind === "pairs" ? textOfPairs(draft.pairs) : draft.text;
}

export function isFilled(draft: Draft): boolean {
  if (draft.kind === "login")
    return Object.entries(draft.login).some(([name, one]) => name !== "engine" && one !== "");
  if (draft.kind === "pairs") return draft.pairs.some(({ name, value }) => name !== "" || value !== "");
  return draft.text !== "";
}

/** Whether the draft can be stored as it is. */
export function isSound(draft: Draft): boolean {
  if (textFault(textOf(draft))) return false;
  if (draft.kind === "login") return Object.keys(loginFaults(draft.login)).length === 0;
  if (draft.kind === "pairs")
    return draft.pairs.some((pair) => pair.name !== "") && pairFaults(draft.pairs).every((fault) => !fault);
  return true;
}

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** the faults are shown */
  tried: boolean;
}

const kinds = [
  { value: "login", label: "Database login" },
  { value: "pairs", label: "Names and values" },
  { value: "text", label: "Plain text" },
];

/** Types a value: as a database login, as names and values, or as any text. */
export function ValueForm({ draft, onChange, tried }: Props) {
  const label = useId();
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  return (
    <div className={own.value}>
      <span id={label} className={own.legend}>
        Value
      </span>
      <SegmentedControl
        aria-labelledby={label}
        fullWidth
        size="xs"
        data={kinds}
        value={draft.kind}
        onChange={(kind) => set({ kind: kind as Kind })}
      />
      {draft.kind === "login" && (
        <LoginFields
          login={draft.login}
          others={draft.others}
          onChange={(login) => set({ login })}
          tried={tried}
        />
      )}
      {draft.kind === "pairs" && (
        <PairFields pairs={draft.pairs} onChange={(pairs) => set({ pairs })} tried={tried} />
      )}
      {draft.kind === "text" && (
        <Textarea
          className={classes.code}
          label="Text"
          description="Stored as it is typed, byte for byte. At most 65536 bytes."
          autosize
          minRows={5}
          maxRows={16}
          spellCheck={false}
          autoComplete="off"
          value={draft.text}
          onChange={(event) => set({ text: event.currentTarget.value })}
          error={tried ? textFault(draft.text) : undefined}
        />
      )}
    </div>
  );
}

interface LoginProps {
  login: Login;
  others: Pair[];
  onChange: (login: Login) => void;
  tried: boolean;
}

function LoginFields({ login, others, onChange, tried }: LoginProps) {
  const [asked, setMore] = useState<boolean>();
  const more = asked ?? (login.ssl !== "" || login.masterarn !== "" || others.length > 0);
  const faults = tried ? loginFaults(login) : {};
  const field = (name: keyof Login) => ({
    value: login[name],
    error: faults[name],
    autoComplete: "off",
    spellCheck: false,
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange({ ...login, [name]: event.currentTarget.value }),
  });
  const usual = engines.find((one) => one.value === login.engine)?.port ?? "";
  return (
    <>
      <div className={own.pair}>
        <NativeSelect
          label="Engine"
          data={engines.some((one) => one.value === login.engine) ? engines : [login.engine, ...engines]}
          value={login.engine}
          onChange={(event) => onChange({ ...login, engine: event.currentTarget.value })}
        />
        <TextInput label="Database" placeholder="none" {...field("dbname")} />
      </div>
      <div className={own.pair} data-uneven>
        <TextInput label="Host" required {...field("host")} />
        <TextInput label="Port" placeholder={usual} inputMode="numeric" {...field("port")} />
      </div>
      <TextInput label="User" required {...field("username")} />
      <PasswordInput
        label="Password"
        required
        visibilityToggleButtonProps={{ "aria-label": "Show or hide the password", tabIndex: 0 }}
        {...field("password")}
        autoComplete="new-password"
        inputContainer={(input) => (
          <div className={own.drawn}>
            {input}
            <DrawPassword onDrawn={(password) => onChange({ ...login, password })} />
          </div>
        )}
      />
      <div>
        <Button
          variant="subtle"
          size="compact-sm"
          style={{ marginLeft: -8 }}
          aria-expanded={more}
          onClick={() => setMore(!more)}
        >
          Encryption and turns
        </Button>
      </div>
      {more && (
        <div className={own.value}>
          <NativeSelect
            label="Encrypted connection"
            description="For rotations. By default, unless the database is on this machine."
            data={[
              { value: "", label: "By default" },
              { value: "true", label: "Always" },
              { value: "false", label: "Never" },
            ]}
            value={login.ssl}
            onChange={(event) => onChange({ ...login, ssl: event.currentTarget.value })}
          />
          <TextInput
            label="Secret of a user who may change others"
            description="Only for two users taking turns: its ARN, stored as masterarn."
            {...field("masterarn")}
          />
          {others.length > 0 && (
            <p className={classes.note}>
              Kept as they are: {others.map((pair) => pair.name).join(", ")}. Choose “Names and values” to
              change them.
            </p>
          )}
        </div>
      )}
    </>
  );
}

interface PairProps {
  pairs: Pair[];
  onChange: (pairs: Pair[]) => void;
  tried: boolean;
}

function PairFields({ pairs, onChange, tried }: PairProps) {
  const faults = tried ? pairFaults(pairs) : [];
  const set = (index: number, change: Pair) =>
    onChange(pairs.map((pair, at) => (at === index ? change : pair)));
  const none = tried && pairs.every((pair) => pair.name === "");
  return (
    <fieldset className={own.pairs}>
      <legend className={classes.note}>Stored as one JSON object.</legend>
      {pairs.map((pair, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a pair has nothing of its own but its place while it is typed
        <div key={index} className={own.line}>
          <TextInput
            aria-label={`Name ${index + 1}`}
            placeholder="name"
            autoComplete="off"
            spellCheck={false}
            value={pair.name}
            error={faults[index] ?? (none && index === 0 ? "A name is needed." : undefined)}
            onChange={(event) => set(index, { ...pair, name: event.currentTarget.value })}
          />
          <TextInput
            aria-label={`Value ${index + 1}`}
            placeholder="value"
            autoComplete="off"
            spellCheck={false}
            value={pair.value}
            onChange={(event) => set(index, { name: pair.name, value: event.currentTarget.value })}
          />
          <DrawPassword
            icon
            label={`Draw value ${index + 1}`}
            onDrawn={(value) => set(index, { name: pair.name, value })}
          />
          <Button
            variant="subtle"
            color="gray"
            px={8}
            aria-label={`Remove pair ${index + 1}`}
            disabled={pairs.length === 1}
            onClick={() => onChange(pairs.filter((_, at) => at !== index))}
          >
            <IconTrash size={16} aria-hidden />
          </Button>
        </div>
      ))}
      <div>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={pairs.length >= 200}
          onClick={() => onChange([...pairs, { name: "", value: "" }])}
        >
          Add a pair
        </Button>
      </div>
    </fieldset>
  );
}
