/** A schedule as the form has it; what is typed in one of its two kinds stays when the other is looked at. */
export interface Plan {
  kind: "rate" | "cron";
  every: number;
  unit: "days" | "hours";
  cron: string;
}

/** The form's beginning: a schedule that there is, or the usual one. */
export function planOf(schedule: string | undefined): Plan {
  const usual: Plan = { kind: "rate", every: 30, unit: "days", cron: "cron(0 3 ? * SUN *)" };
  if (!schedule) return usual;
  const rate = /^rate\((\d+) (day|hour)s?\)$/.exec(schedule);
  if (rate) return { ...usual, every: Number(rate[1]), unit: rate[2] === "hour" ? "hours" : "days" };
  return { ...usual, kind: "cron", cron: schedule };
}

/** The expression that is saved. */
export function scheduleOf(plan: Plan): string {
  return plan.kind === "rate" ? `rate(${plan.every} ${plan.unit})` : plan.cron.trim();
}
