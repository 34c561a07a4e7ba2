import { Checkbox, NativeSelect, NumberInput, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { asProblem } from "../../api/problem";
import type { Secret } from "../../api/types";
import { FormDialog } from "../FormDialog";
import classes from "../trust.module.css";
import { useChange } from "../useChange";
import { When } from "../When";
import { nextQuery, vault } from "./api";
import { planOf, scheduleOf } from "./schedule";
import own from "./secrets.module.css";
import { rotators } from "./words";

const hours = Array.from({ length: 24 }, (_, index) => String(index + 1));

/** Says how and when a secret is rotated, and shows the next date before anything is saved. */
export function RotationForm({ value: secret, onClose }: { value: Secret; onClose: () => void }) {
  const label = useId();
  const { rotation } = secret;
  const [rotator, setRotator] = useState(rotation?.rotator ?? rotators[0]?.name ?? "");
  const [plan, setPlan] = useState(planOf(rotation?.schedule));
  const [window, setWindow] = useState(rotation?.window ?? "");
  const [now, setNow] = useState(!rotation);
  const schedule = scheduleOf(plan);
  const [asked] = useDebouncedValue(`${schedule}\n${window}`, 300);
  const [askedSchedule = "", askedWindow = ""] = asked.split("\n");
  const next = useQuery({
    ...nextQuery(secret.name, askedSchedule, askedWindow),
    enabled: askedSchedule !== "",
  });
  const save = useChange({
    run: () => vault.plan(secret.name, { rotator, schedule, now, ...(window === "" ? {} : { window }) }),
    touches: [["secret", secret.name], ["secrets"]],
    said: now ? "The rotation is set up, and one begins now." : "The rotation is set up.",
    done: onClose,
  });
  const settled = asked === `${schedule}\n${window}`;
  const wrong = settled && next.error ? asProblem(next.error) : undefined;
  const submit = () => {
    if (schedule !== "" && !wrong) save.go();
  };
  return (
    <FormDialog
      title={`Rotation of ${secret.name}`}
      doLabel="Save"
      size="lg"
      busy={save.busy}
      problem={save.problem}
      onSubmit={submit}
      onClose={onClose}
    >
      <NativeSelect
        label="How"
        description={rotators.find((one) => one.name === rotator)?.how}
        data={rotators.map((one) => ({ value: one.name, label: one.label }))}
        value={rotator}
        data-autofocus
        onChange={(event) => setRotator(event.currentTarget.value)}
      />
      <div className={own.value}>
        <span id={label} className={own.legend}>
          When
        </span>
        <SegmentedControl
          aria-labelledby={label}
          size="xs"
          fullWidth
          data={[
            { value: "rate", label: "Every so often" },
            { value: "cron", label: "At set times" },
          ]}
          value={plan.kind}
          onChange={(kind) => setPlan({ ...plan, kind: kind as "rate" | "cron" })}
        />
        {plan.kind === "rate" ? (
          <div className={own.often}>
            <NumberInput
              label="Every"
              min={1}
              max={24_000}
              clampBehavior="strict"
              allowDecimal={false}
              value={plan.every}
              onChange={(every) => setPlan({ ...plan, every: Number(every) || 1 })}
            />
            <NativeSelect
              label="Unit"
              data={[
                { value: "days", label: "days, from midnight (UTC)" },
                { value: "hours", label: "hours, at least 4" },
              ]}
              value={plan.unit}
              onChange={(event) => setPlan({ ...plan, unit: event.currentTarget.value as "days" | "hours" })}
            />
          </div>
        ) : (
          <TextInput
            className={classes.code}
            label="Cron expression"
            description="Minutes (0), hours, day of the month, month, day of the week, year, in UTC: cron(0 3 ? * SUN *) is Sunday at 3."
            autoComplete="off"
            spellCheck={false}
            value={plan.cron}
            onChange={(event) => setPlan({ ...plan, cron: event.currentTarget.value })}
          />
        )}
        <NativeSelect
          label="Window"
          description="The rotation begins within it."
          data={[
            {
              value: "",
              label:
                plan.kind === "rate" && plan.unit === "hours" ? "One hour" : "Until the end of the day (UTC)",
            },
            ...hours.map((one) => ({ value: `${one}h`, label: one === "1" ? "1 hour" : `${one} hours` })),
          ]}
          value={window}
          onChange={(event) => setWindow(event.currentTarget.value)}
        />
      </div>
      <div role="status">
        {wrong ? (
          <p className={`${classes.note} ${classes.failure}`}>{wrong.detail}</p>
        ) : (
          <p className={classes.note}>
            {next.data?.opensAt ? (
              <>
                Next: <When at={next.data.opensAt} /> to <When at={next.data.closesAt} />
              </>
            ) : (
              next.data && "There is no such time."
            )}
          </p>
        )}
      </div>
      <Checkbox
        label="Also rotate now"
        description="Shows at once whether it works: the database gets a new password within the minute."
        checked={now}
        onChange={(event) => setNow(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}
