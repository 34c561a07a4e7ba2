import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { column, field, form, price, receipt, recordId, row, rowButton, settled, signed } from "./screen";
import { linkFor, type Place, signet, sql, warehouses } from "./stage";

withBrowser();

const atMost = 60_000; // from the command to a receipt

describe.each(warehouses)("the whole story on $name", (place) => {
  it("goes from a row to a receipt that is checked offline", async () => {
    const ana = await Person.freshly(place, "ana", {}, place.links.ana);
    const record = await generates(ana);
    console.log(
      `${place.name}: ${Date.now() - new Date(place.started).getTime()} ms from the command to a receipt`,
    );
    await quotesAgain(ana, record);
    await inTheDatabase(place, record);

    const ben = await Person.enter(place, "ben");
    await accepts(ben, record);
    await readsHistory(ben, record);
    await checksReceipt(ben);
    await ana.leave();
    await ben.leave();
  });
});

/** The author filters to a state and makes a quote; gives back its id. */
async function generates(ana: Person): Promise<string> {
  const { page, place } = ana;
  await page
    .getByRole("main")
    .getByRole("link", { name: /Quote generation/ })
    .click();
  await page.getByRole("heading", { level: 1, name: "Quote generation" }).waitFor();
  await page.getByRole("button", { name: "State", exact: true }).click();
  await page.getByRole("option", { name: /TX/ }).click();
  await page.waitForURL(/[?&]f\.state=TX/);
  await page.keyboard.press("Escape");
  await expect.poll(async () => new Set(await column(page, "state"))).toEqual(new Set(["TX"]));
  await page.getByRole("textbox", { name: "Customer" }).fill("Desert Bloom");

  await rowButton(row(page, "Turn over guest rooms", "2,671.80"), "Generate quote").click();
  await form(page).waitFor();
  await settled(page);
  const values = await signed(page).innerText();
  for (const value of [
    "Desert Bloom Clinics",
    "Housekeeper",
    "Day",
    "TX",
    "Turn over guest rooms",
    "$2,671.80",
  ])
    expect(values).toContain(value);
  await form(page).getByText("a new record").waitFor();
  // 2,671.80 at Texas' rate of 1.28, computed by the database.
  expect(await price(page).innerText()).toBe("$3,419.90");
  await field(page, "Note").fill("as agreed on the phone");
  await field(page, "Discount").fill("10");
  await expect.poll(() => price(page).innerText()).toBe("$3,077.91");
  await field(page, "Discount").press("Enter");
  await receipt(page, "generated").waitFor();
  expect(Date.now() - new Date(place.started).getTime()).toBeLessThan(atMost);
  const record = await recordId(page);
  expect(record).toMatch(/^Q-/);
  await page.getByRole("button", { name: "Done" }).click();
  return record;
}

/** The same combination once more is the same quote, in review. */
async function quotesAgain({ page }: Person, record: string) {
  await rowButton(row(page, "Turn over guest rooms", "2,671.80"), "Generate quote").click();
  await form(page).getByText(`same record ${record}`).waitFor();
  await form(page).getByText("in review", { exact: true }).waitFor();
  await field(page, "Discount").fill("12.5");
  await field(page, "Discount").press("Enter");
  await receipt(page, "in review").waitFor();
  expect(await recordId(page)).toBe(record);
}

async function inTheDatabase(place: Place, record: string) {
  if (place.name !== "postgres") return;
  const rows = await sql(
    `select status, cust, state, price, discount, note, created_by from tbquote where quote_id = '${record}' order by created_at`,
  );
  expect(rows).toEqual([
    ["generated", "Desert Bloom Clinics", "TX", "3077.91", "10.00", "as agreed on the phone", "ana"],
    ["in review", "Desert Bloom Clinics", "TX", "2992.42", "12.50", "", "ana"],
  ]);
}

/** The approver finds both rows in the history and accepts the newest. */
async function accepts({ page }: Person, record: string) {
  await page.goto("/dashboards/quote-history");
  const newest = row(page, record).first();
  await newest.waitFor();
  expect(await row(page, record).count()).toBe(2);
  expect(await newest.innerText()).toMatch(/newest/);
  expect(await rowButton(row(page, record).last(), "Accept").count()).toBe(0);
  await rowButton(newest, "Accept").click();
  await form(page, "Accept quote").waitFor();
  await field(page, "Note").fill("go ahead");
  await field(page, "Note").press("Control+Enter");
  await receipt(page, "accepted").waitFor();
  await page.getByRole("button", { name: "Done" }).click();
  await row(page, record, "go ahead").waitFor();
}

/** The drawer shows the three steps, and what each changed. */
async function readsHistory({ page }: Person, record: string) {
  await rowButton(row(page, record, "go ahead"), "History").click();
  const drawer = page.getByRole("dialog", { name: /History/ });
  const steps = drawer.getByRole("listitem");
  await expect.poll(() => steps.count()).toBe(3);
  expect(await steps.first().innerText()).toMatch(/Accept quote:\s*accepted/);
  const change = steps.first().getByRole("row", { name: /Status/ });
  expect(await change.locator("del").innerText()).toBe("in review");
  expect(await change.locator("ins").innerText()).toBe("accepted");
  expect(
    await steps
      .nth(1)
      .getByRole("row", { name: /Discount/ })
      .locator("ins")
      .innerText(),
  ).toContain("12.5");
  await steps.first().getByRole("link", { name: "Receipt" }).click();
  await page.getByRole("heading", { level: 1, name: /Receipt/ }).waitFor();
}

/** The receipt page says that it is verified; its file convinces the command, and a changed one does not. */
async function checksReceipt({ page, place }: Person) {
  await page.getByText("Verified", { exact: true }).waitFor();
  for (const part of ["Place in the audit log", "Signed", "Entered", "Before and after"])
    await page.getByRole("region", { name: part, exact: true }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download receipt" }).click(),
  ]);
  const file = join(await mkdtemp(join(tmpdir(), "signet-receipt-")), download.suggestedFilename());
  await download.saveAs(file);
  expect(JSON.parse(await readFile(file, "utf8"))).toBeTruthy();
  const key = /key +(\S+)/.exec(await signet("audit", "verify", "--data", place.data))?.[1] ?? "";
  expect(await signet("receipt", "verify", file, "--key", key)).toContain(
    page.url().split("/").at(-1) ?? "?",
  );
  await expect(linkFor(place, "nobody")).rejects.toThrow();
}
