import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { type Look, Person } from "./person";
import type { Place } from "./stage";

/** Draws pages at a desk and on a phone, light and dark, and has axe examine them. */

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const sizes = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
export type Size = keyof typeof sizes;
const schemes = ["light", "dark"] as const;

export interface Shot {
  name: string;
  open: (page: Page) => Promise<unknown>;
}

/** Everything is examined once: colours where they differ, the rest where the layout does. */
const examined = {
  "light desk": {},
  "light phone": { rules: { "color-contrast": { enabled: false } } },
  "dark desk": { runOnly: ["color-contrast"] },
  "dark phone": { runOnly: ["target-size", "scrollable-region-focusable"] },
};

/** Opens, draws and examines one page after the other. */
export async function walk(place: Place, shots: Shot[], user: string, size: Size) {
  const look: Look = {
    viewport: sizes[size],
    ...(size === "phone" ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
  };
  const person = user === "" ? await Person.stranger(place, look) : await Person.enter(place, user, look);
  const { page } = person;
  person.excuse(/status of (404|410|401|422)/);
  const found: string[] = [];
  for (const shot of shots) {
    await page.goto("about:blank");
    await shot.open(page);
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
      await still(page);
      const name = `${shot.name}-${size}-${colorScheme}`;
      await page.screenshot({ path: `screenshots/${name}.png` });
      const wrong = await violations(page, examined[`${colorScheme} ${size}`]);
      found.push(...wrong.map((one) => `${name}: ${one}`));
      if (await isTooWide(page)) found.push(`${name}: the page is wider than the screen`);
    }
  }
  await person.leave();
  return found;
}

export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/** Waits for what moves and for what is being fetched. */
export async function still(page: Page) {
  await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
  await page.evaluate(() =>
    document.fonts.ready.then(() =>
      Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))),
    ),
  );
}

interface Examiner {
  run(options: object): Promise<{
    violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[];
  }>;
}

async function violations(page: Page, options: object): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate((chosen) => {
    const { axe: examiner } = window as unknown as { axe: Examiner };
    return examiner.run({ resultTypes: ["violations"], ...chosen });
  }, options);
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id} at ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
  );
}
