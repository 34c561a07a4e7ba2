import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { type Line, quote, row } from "./screen";
import { type Shot, walk } from "./shots";
import { trusted } from "./stage";

withBrowser();

const line: Line = {
  state: "TX",
  customer: "Pinewood",
  skill: "Truck driver, class A",
  duty: "Shuttle between yards",
  cost: "5,073.22",
};

/** The quote that the first test makes. */
let record = "";

const opened = (page: Page) => page.getByRole("dialog", { name: "Event" });
const proof = (page: Page) => opened(page).getByRole("region", { name: "Proof" });

async function find(page: Page) {
  await page.goto("/audit?resource=action/generate-quote&action=writeback:Submit");
  await row(page, record).first().waitFor();
}

async function open(page: Page) {
  await find(page);
  await row(page, record).first().click();
  await proof(page).waitFor();
}

describe("the audit log on the screen", () => {
  it("has something to tell: ana writes back, and asks for what is not hers", async () => {
    const ana = await Person.enter(trusted, "ana");
    ana.excuse(/status of 403/);
    record = await quote(ana.page, line, "2");
    await ana.page.goto("/keys");
    await ana.page.getByRole("alert").waitFor();
    await ana.leave();
  });

  it("finds a write-back by resource and action, and proves it", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await root.open("/dashboards");
    await page.getByRole("link", { name: "Audit" }).click();
    await row(page, "admin").first().waitFor();
    await page.getByRole("combobox", { name: "Resource" }).fill("action/generate-quote");
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]resource=action/);
    await page.getByRole("combobox", { name: "Action" }).fill("writeback:Submit");
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]action=writeback:Submit/);
    await expect.poll(() => row(page, "ana").count()).toBe(1);

    const told = row(page, `submitted action generate-quote: record ${record} is now generated`);
    await told.getByRole("gridcell").first().click();
    await page.waitForURL(/[?&]event=\d+/);
    await opened(page).getByText(`ana submitted action generate-quote: record ${record}`).waitFor();
    expect(await proof(page).innerText()).toMatch(/Record [\d,]+ of [\d,]+ in the signed log/);
    expect(await proof(page).innerText()).toContain("signet audit verify");

    const [file] = await Promise.all([
      page.waitForEvent("download"),
      proof(page).getByRole("link", { name: "Download proof" }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/^audit-record-\d+\.json$/);

    await opened(page)
      .getByRole("button", { name: /^record/ })
      .click();
    await opened(page).getByText("ana began to submit action generate-quote").waitFor();
    await page.keyboard.press("Escape");
    await opened(page).waitFor({ state: "detached" });
    expect(new URL(page.url()).search).not.toContain("event");
    await root.leave();
  });

  it("can be read with the keyboard alone", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await find(page);
    await page.getByRole("columnheader", { name: "Time" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await proof(page).waitFor();
    await page.keyboard.press("Escape");
    await opened(page).waitFor({ state: "detached" });
    await root.leave();
  });

  it("looks again, clears a filter, and goes back", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await page.goto("/audit?who=admin&action=LookupEvents");
    await row(page, "looked into the audit log").first().waitFor();
    const newest = () =>
      page.locator('[row-index="0"] [col-id="time"] [data-full]').getAttribute("data-full");
    const before = await newest();
    await page.getByRole("button", { name: "Look again" }).click();
    await expect.poll(newest).not.toBe(before);
    await page.getByRole("button", { name: "Clear action" }).click();
    await page.waitForURL(/\/audit\?who=admin$/);
    // How much else stands above the sign-in depends on what was done on this server before.
    await page
      .locator("[role=row].ag-row")
      .filter({ hasNotText: "looked into the audit log" })
      .first()
      .waitFor();
    await page.getByRole("combobox", { name: "Time" }).selectOption("Last hour");
    await page.waitForURL(/[?&]time=1h/);
    await page.goBack();
    await page.waitForURL(/\/audit\?who=admin$/);
    await root.leave();
  });

  it("is closed to who may not look", async () => {
    const ana = await Person.enter(trusted, "ana");
    ana.excuse(/status of 403/);
    await ana.open("/dashboards");
    expect(await ana.page.getByRole("link", { name: "Audit" }).count()).toBe(0);
    await ana.page.goto("/audit?event=1");
    await ana.page.getByText("cloudtrail:LookupEvents").first().waitFor();
    await ana.page.screenshot({ path: "screenshots/audit-denied-desk-light.png" });
    await ana.leave();
  });

  const shots: Shot[] = [
    { name: "audit", open: (page) => page.goto("/audit").then(() => row(page, "admin").first().waitFor()) },
    { name: "audit-found", open: find },
    { name: "audit-event", open },
    {
      name: "audit-proof",
      open: async (page) => {
        await open(page);
        await proof(page).getByRole("link", { name: "Download proof" }).scrollIntoViewIfNeeded();
      },
    },
    {
      name: "audit-event-denied",
      open: async (page) => {
        await page.goto("/audit?result=denied");
        await row(page, "not allowed").first().click();
        await proof(page).waitFor();
      },
    },
    {
      name: "audit-none",
      open: (page) =>
        page
          .goto("/audit?who=nobody&time=24h")
          .then(() => page.getByText("No event matches the filters").waitFor()),
    },
    {
      name: "audit-crossed",
      open: (page) =>
        page
          .goto("/audit?since=2026-02-01T00:00&until=2026-01-01T00:00")
          .then(() => page.getByText("No event can be in this time").waitFor()),
    },
    {
      name: "audit-actions",
      open: async (page) => {
        await page.goto("/audit");
        await row(page, "admin").first().waitFor();
        await page.getByRole("combobox", { name: "Action" }).fill("kms");
        await page.getByRole("option", { name: "kms:Decrypt" }).waitFor();
      },
    },
  ];

  it("has nothing for axe, for the console or for the content policy", { timeout: 240_000 }, async () => {
    const found = await Promise.all(
      (["desk", "phone"] as const).map((size) => walk(trusted, shots, "admin", size)),
    );
    expect(found.flat()).toEqual([]);
  });
});
