import { NativeSelect } from "@mantine/core";
import { templates } from "../policyTemplates";

/** Fills a policy in; what was typed before is replaced, so it says so by being first in the form. */
export function Templates({ account, onPick }: { account: string; onPick: (text: string) => void }) {
  return (
    <NativeSelect
      label="Begin with"
      description="It replaces the text below."
      data={[
        { value: "", label: "Choose a template" },
        ...templates.map((one) => ({ value: one.id, label: one.label })),
      ]}
      value=""
      onChange={(event) => {
        const chosen = templates.find((one) => one.id === event.currentTarget.value);
        if (chosen) onPick(chosen.text(account));
      }}
    />
  );
}
