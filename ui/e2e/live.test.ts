import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { column, field, kpi, type Line, openForm, quote, row, visual } from "./screen";
import { warehouses } from "./stage";

withBrowser();

const lines: Line[] = [
  {
    state: "NY",
    customer: "Hudson Office",
    skill: "Electrician",
    duty: "Wire new work cells",
    cost: "7,271.43",
  },
  {
    state: "NY",
    customer: "Lakeside",
    skill: "Housekeeper",
    duty: "Clean treatment rooms",
    cost: "3,466.31",
  },
];
const [first, second] = lines as [Line, Line];

/** When a text came on the screen, by the page's own clock; both pages are on one machine. */
function appearance(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (!document.body.textContent?.includes(wanted)) return;
          observer.disconnect();
          resolve(Date.now());
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        look();
      }),
    text,
  );
}

describe.each(warehouses)("two browsers on $name", (place) => {
  it("shows the second what the first has written, within a second of the receipt", async () => {
    const ben = await Person.enter(place, "ben");
    await ben.open("/dashboards/quote-history");
    await row(ben.page, "Q-").first().waitFor();
    await ben.page.getByRole("button", { name: /^Live/ }).waitFor();
    const before = await numbers(ben.page);

    const ana = await Person.enter(place, "ana");
    await openForm(ana.page, first);
    await field(ana.page, "Note").fill(`live on ${place.name}`);
    const seen = appearance(ben.page, `live on ${place.name}`);
    const written = appearance(ana.page, "Written as generated");
    await field(ana.page, "Discount").press("Enter");
    const late = (await seen) - (await written);
    console.log(`${place.name}: the other screen shows the row ${late} ms after the receipt`);
    expect(late).toBeLessThan(1000);

    await expect
      .poll(() => kpi(ben.page, "Quotes by status", "generated"))
      .toBe(String(Number(before.generated) + 1));
    await expect.poll(() => chart(ben.page, "Value by state")).not.toBe(before.byState);
    await expect.poll(() => chart(ben.page, "Quotes by day")).not.toBe(before.byDay);
    expect(ben.sent.filter(({ path }) => path === "/dashboards/quote-history")).toHaveLength(1);
    await ana.leave();
    await ben.leave();
  });

  it("leaves the reader where they were: the same rows in sight, the same cell with the keys", async () => {
    const ben = await Person.enter(place, "ben");
    await ben.open("/dashboards/quote-history");
    const { page } = ben;
    await row(page, "Q-").first().waitFor();
    const cell = page.locator('[role=row][row-index="20"] [role=gridcell][col-id="cust"]');
    await page.locator('[role=row][row-index="0"] [role=gridcell][col-id="cust"]').click();
    for (let step = 0; step < 20; step += 1) await page.keyboard.press("ArrowDown");
    await expect.poll(() => cell.evaluate((one) => one === document.activeElement)).toBe(true);
    const place0 = await whereIs(page);
    const rows = await visual(page, "Quotes").getByText(/rows/).first().innerText();

    const ana = await Person.enter(place, "ana");
    await quote(ana.page, second, "5", `quiet on ${place.name}`);
    await expect.poll(() => visual(page, "Quotes").getByText(/rows/).first().innerText()).not.toBe(rows);
    await expect.poll(() => whereIs(page)).toEqual(place0);
    await ana.leave();
    await ben.leave();
  });
});

/** The focused cell's row, and how far from the top of the table it is drawn. */
async function whereIs(page: Page) {
  return page.evaluate(() => {
    const line = document.activeElement?.closest("[role=row]");
    const view = document.activeElement?.closest(".ag-body-viewport, .ag-root");
    if (!line || !view) return undefined;
    const top = line.getBoundingClientRect().top - view.getBoundingClientRect().top;
    return {
      row: line.getAttribute("row-id"),
      top: Math.round(top),
      column: document.activeElement?.getAttribute("col-id"),
    };
  });
}

async function numbers(page: Page) {
  await expect.poll(() => kpi(page, "Quotes by status", "generated")).toMatch(/\d/);
  await chart(page, "Value by state");
  expect((await column(page, "quote_id")).length).toBeGreaterThan(0);
  return {
    generated: await kpi(page, "Quotes by status", "generated"),
    byState: await chart(page, "Value by state"),
    byDay: await chart(page, "Quotes by day"),
  };
}

/** What is drawn, once it stands still. */
async function chart(page: Page, title: string): Promise<string> {
  const canvas = visual(page, title).locator("canvas");
  const drawn = () => canvas.evaluate((one) => (one as HTMLCanvasElement).toDataURL());
  let last = "";
  await expect
    .poll(async () => {
      const before = last;
      last = await drawn();
      return last === before;
    })
    .toBe(true);
  return last;
}
