import type { KeyUsage } from "../../api/types";

/** The uses of a key on one day of the viewer's. */
export interface Day {
  /** year, month and day, as in 2026-11-25 */
  date: string;
  uses: number;
  /** denied or failed */
  other: number;
}

const shown = 30;

function dateOf(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The last days, oldest first, with those on which nothing was done. Days before the counting began are left out. */
export function usageByDay(usage: KeyUsage, now: Date): Day[] {
  const first = dateOf(new Date(usage.since));
  const days: Day[] = [];
  for (let back = shown - 1; back >= 0; back--) {
    const date = dateOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - back));
    if (date >= first) days.push({ date, uses: 0, other: 0 });
  }
  for (const hour of usage.hours) {
    const date = dateOf(new Date(hour.start));
    const day = days.find((one) => one.date === date);
    if (!day) continue;
    day.uses += hour.uses;
    day.other += hour.other;
  }
  return days;
}
