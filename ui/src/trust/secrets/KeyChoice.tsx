import { NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMe } from "../../session/session";
import { keysQuery } from "../queries";
import { keyName } from "../words";

interface Props {
  value: string;
  onChange: (key: string) => void;
}

const label = "Key";
const description = "What encrypts the values. Disabling a key of your own locks the secret at once.";

/** The key of a secret: chosen from those that can be seen, or named by who may not list them. */
export function KeyChoice({ value, onChange }: Props) {
  const { may } = useMe();
  const { data } = useQuery({ ...keysQuery, enabled: may.keys });
  if (!may.keys)
    return (
      <TextInput
        label={label}
        description={`${description} An id, an ARN or alias/NAME; empty for the service’s own.`}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value.trim())}
      />
    );
  const usable = (data?.items ?? []).filter(
    (key) => key.manager === "CUSTOMER" && key.state === "Enabled" && key.spec === "SYMMETRIC_DEFAULT",
  );
  const options = usable.map((key) => ({
    value: key.aliases[0] ? `alias/${key.aliases[0]}` : key.id,
    label: keyName(key),
  }));
  const named = value === "" || options.some((one) => one.value === value);
  return (
    <NativeSelect
      label={label}
      description={description}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: "", label: "The service’s own (aws/secretsmanager)" },
        ...(named ? [] : [{ value, label: value }]),
        ...options,
      ]}
    />
  );
}
