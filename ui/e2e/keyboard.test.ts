import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { column, form, price, receipt, recordId } from "./screen";
import { warehouses } from "./stage";

withBrowser();

const password = "correct horse battery staple 7";

describe.each(warehouses)("the keyboard alone on $name", (place) => {
  it("goes from the sign-in to a receipt", async () => {
    const ana = await Person.freshly(place, "ana");
    await setsPassword(ana);
    const visitor = await Person.stranger(place);
    const { page } = visitor;
    await page.goto("/dashboards/quote-generation?f.state=NY&f.skill=Electrician");
    await page.waitForURL("**/signin**");
    await focused(page, "Name");
    await page.keyboard.type("ana");
    await page.keyboard.press("Tab");
    await page.keyboard.type(password);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/dashboards/quote-generation**");
    await expect.poll(async () => new Set(await column(page, "state"))).toEqual(new Set(["NY"]));

    await toFirstRow(page);
    await page.keyboard.press("End");
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent))
      .toContain("Generate quote");
    await page.keyboard.press("Enter");
    await form(page).waitFor();
    await focused(page, "Discount");
    await page.keyboard.press("Escape");
    await form(page).waitFor({ state: "detached" });
    // The keys are back where they were: Enter opens the same form again.
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest("[role=gridcell]")?.textContent))
      .toContain("Generate quote");
    await page.keyboard.press("Enter");
    await form(page).waitFor();
    await focused(page, "Discount");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("2.5");
    await page.keyboard.press("Tab");
    await page.keyboard.type("typed blind");
    await expect.poll(() => price(page).innerText()).toMatch(/\d/);
    await page.keyboard.press("Control+Enter");
    await receipt(page, "").waitFor();
    expect(await recordId(page)).toMatch(/^Q-/);
    await focused(page, "Done");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest("[role=gridcell]")?.textContent))
      .toContain("Generate quote");
    await ana.leave();
    await visitor.leave();
  });
});

describe("the keys that work everywhere", () => {
  it("are the palette, the sheet, the first filter and Esc", async () => {
    const ana = await Person.enter(warehouses[0] as (typeof warehouses)[0], "ana");
    const { page } = ana;
    await ana.open("/dashboards");
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").or(page.getByPlaceholder("Dashboards and commands")).first().waitFor();
    await page.keyboard.type("history");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/dashboards/quote-history");
    await page.getByRole("heading", { level: 1, name: "Quote history" }).waitFor();
    await expect.poll(() => page.getByPlaceholder("Dashboards and commands").count()).toBe(0);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("/");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("State");
    await page.keyboard.press("Enter");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/f\.state=/);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("option").count()).toBe(0);
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes("f.state"));
    await ana.leave();
  });
});

async function focused(page: Page, name: string) {
  await expect
    .poll(() =>
      page.evaluate(() => {
        const one = document.activeElement as HTMLInputElement | null;
        return one?.labels?.[0]?.textContent ?? one?.textContent ?? "";
      }),
    )
    .toContain(name);
}

/** Tab by Tab, as far as the first cell of the table, then down to its first row. */
async function toFirstRow(page: Page) {
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    const role = await page.evaluate(() =>
      document.activeElement?.closest("[role=gridcell],[role=columnheader]")?.getAttribute("role"),
    );
    if (role === "gridcell") return;
    if (role === "columnheader") {
      await page.keyboard.press("ArrowDown");
      await expect
        .poll(() => page.evaluate(() => document.activeElement?.getAttribute("role")))
        .toBe("gridcell");
      return;
    }
  }
  throw new Error("Tab does not reach the table");
}

/** The account page, by keyboard too. */
async function setsPassword(ana: Person) {
  const { page } = ana;
  await page.goto("/account");
  await page.getByLabel("New password", { exact: true }).focus();
  await page.keyboard.type(password);
  await page.keyboard.press("Tab"); // over the eye
  if (!(await isFocused(page, "New password again"))) await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.getByText("Password saved.").waitFor();
  await ana.remember(); // her other sessions have ended
}

function isFocused(page: Page, name: string): Promise<boolean> {
  return page.evaluate(
    (label) => (document.activeElement as HTMLInputElement | null)?.labels?.[0]?.textContent === label,
    name,
  );
}
