import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { field, form, type Line, openForm, price, quote, row, rowButton, settled, visual } from "./screen";
import { isTooWide, type Shot, still, walk } from "./shots";
import { embedded, odd, type Place } from "./stage";

withBrowser();

const line: Line = {
  state: "TX",
  customer: "Pinewood",
  skill: "Truck driver, class A",
  duty: "Shuttle between yards",
  cost: "5,073.22",
};

const history = async (page: Page) => {
  await page.goto("/dashboards/quote-history");
  await row(page, "Q-").first().waitFor();
  await visual(page, "Quotes by day").locator("canvas").waitFor();
};

/** What everybody sees on the example. */
const pages: Shot[] = [
  { name: "dashboards", open: (page) => page.goto("/dashboards") },
  {
    name: "quote-generation",
    open: (page) =>
      page.goto("/dashboards/quote-generation").then(() => row(page, "Bayside").first().waitFor()),
  },
  {
    name: "filter",
    open: async (page) => {
      await page.goto("/dashboards/quote-generation?f.state=TX");
      await row(page, "TX").first().waitFor();
      await page.locator("[data-first-filter]").click();
      await page.getByRole("option").first().waitFor();
    },
  },
  {
    name: "empty-result",
    open: (page) =>
      page
        .goto("/dashboards/quote-generation?f.customer.has=nobody&f.state=TX")
        .then(() => page.getByText("No row matches the filters").waitFor()),
  },
  { name: "form", open: (page) => openForm(page, line) },
  {
    name: "form-faults",
    open: async (page) => {
      await openForm(page, line);
      await field(page, "Discount").fill("31");
      await field(page, "Note").fill("x".repeat(510));
      await field(page, "Discount").press("Enter");
      await form(page).getByText("Enter 30% or less.").waitFor();
    },
  },
  { name: "receipt-drawer", open: (page) => quote(page, line, "2.5", "Signed order to follow") },
  {
    name: "receipt",
    open: async (page) => {
      await quote(page, line, "5", "Second site may follow");
      await page.getByRole("link", { name: "Open receipt" }).click();
      await page.getByText("Verified", { exact: true }).waitFor();
    },
  },
  { name: "quote-history", open: history },
  {
    name: "history-drawer",
    open: async (page) => {
      await history(page);
      await rowButton(row(page, "Second site may follow").first(), "History").click();
      await page.getByRole("dialog").getByRole("listitem").first().waitFor();
    },
  },
  {
    name: "charts-as-tables",
    open: async (page) => {
      await page.goto("/dashboards/quote-history?view.value-by-state=table&view.by-day=table");
      await visual(page, "Value by state").getByRole("rowheader").first().waitFor();
    },
  },
  { name: "account", open: (page) => page.goto("/account") },
  {
    name: "palette",
    open: async (page) => {
      await page.goto("/dashboards");
      await page.getByRole("main").getByRole("link").first().waitFor();
      await page.keyboard.press("Control+k");
      await page.getByPlaceholder("Dashboards and commands").waitFor();
    },
  },
  {
    name: "shortcuts",
    open: async (page) => {
      await page.goto("/dashboards");
      await page.getByRole("main").getByRole("link").first().waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "menu",
    open: async (page) => {
      await page.goto("/dashboards");
      await page.getByRole("button", { name: /^Account of/ }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    },
  },
  {
    name: "not-found",
    open: (page) => page.goto("/dashboards/no-such-thing").then(() => page.getByRole("alert").waitFor()),
  },
  {
    name: "no-page",
    open: (page) =>
      page.goto("/no/such/page").then(() => page.getByText("There is no page at this address").waitFor()),
  },
];

/** What only an approver sees. */
const approverPages: Shot[] = [
  { name: "approver-history", open: history },
  {
    name: "approver-rows",
    open: async (page) => {
      await history(page);
      await row(page, "Q-").nth(5).scrollIntoViewIfNeeded();
    },
  },
  {
    name: "approver-form",
    open: async (page) => {
      await page.goto("/dashboards/quote-history?f.status=generated");
      const line = row(page, "newest").first();
      await line.waitFor();
      await rowButton(line, "Reject").or(rowButton(line, "Actions")).first().click();
      const choice = page.getByRole("menuitem", { name: "Reject" });
      await form(page, "Reject quote").or(choice).first().waitFor();
      if (await choice.isVisible()) await choice.click();
      await form(page, "Reject quote").waitFor();
    },
  },
];

/** States that the example has not. */
const oddPages: Shot[] = [
  {
    name: "long-words",
    open: (page) =>
      page.goto("/dashboards/quote-generation?f.customer.has=Donau").then(() => row(page, "Donau").waitFor()),
  },
  {
    name: "long-words-form",
    open: async (page) => {
      await page.goto("/dashboards/quote-generation?f.customer.has=Donau");
      await rowButton(row(page, "Donau"), "Generate quote").click();
      await settled(page);
    },
  },
  {
    name: "hostile-words",
    open: (page) =>
      page
        .goto("/dashboards/quote-generation?f.customer.has=o&sort.lines=cost")
        .then(() => row(page, "onerror").waitFor()),
  },
  {
    name: "fifty-thousand",
    open: (page) => page.goto("/dashboards/many").then(() => row(page, "Customer").first().waitFor()),
  },
  {
    name: "nothing-yet",
    open: (page) => page.goto("/dashboards/nothing").then(() => page.getByText("Rows is empty").waitFor()),
  },
];

/** Before the sign-in. */
const doors: Shot[] = [
  { name: "sign-in", open: (page) => page.goto("/signin").then(() => page.getByLabel("Name").waitFor()) },
  {
    name: "sign-in-used-link",
    open: (page) => page.goto("/signin#signet_l_used").then(() => page.getByRole("alert").waitFor()),
  },
  {
    name: "sign-in-wrong",
    open: async (page) => {
      await page.goto("/signin");
      await page.getByLabel("Name").fill("ana");
      await page.getByLabel("Password", { exact: true }).fill("not her password");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").waitFor();
    },
  },
  {
    name: "set-up",
    open: (page) =>
      page.goto("/setup#signet_s_unknown").then(() => page.getByLabel("Name", { exact: true }).waitFor()),
  },
];

describe("every page, light and dark, at a desk and on a phone", () => {
  const sets: [string, Place, Shot[], string][] = [
    ["of the example", embedded, pages, "ana"],
    ["of an approver", embedded, approverPages, "ben"],
    ["of the odd project", odd, oddPages, "ana"],
    ["before the sign-in", embedded, doors, ""],
  ];
  it.each(sets)(
    "%s has nothing for axe, for the console or for the content policy",
    { timeout: 180_000 },
    async (_, place, shots, user) => {
      if (user !== "") await (await Person.enter(place, user)).open("/dashboards"); // one session for both
      const found = await Promise.all(
        (["desk", "phone"] as const).map((size) => walk(place, shots, user, size)),
      );
      expect(found.flat()).toEqual([]);
    },
  );
});

describe("at 200 % zoom", () => {
  it("the work can still be done", async () => {
    // A browser at 200 % on this screen has half of its pixels.
    const ana = await Person.enter(embedded, "ana", {
      viewport: { width: 720, height: 450 },
      deviceScaleFactor: 2,
    });
    await openForm(ana.page, line);
    await still(ana.page);
    await ana.page.screenshot({ path: "screenshots/form-zoomed.png" });
    await field(ana.page, "Discount").fill("1");
    await form(ana.page).getByRole("button", { name: "Generate quote" }).click();
    await ana.page.getByText(/^Written as/).waitFor();
    await still(ana.page);
    await ana.page.screenshot({ path: "screenshots/receipt-zoomed.png" });
    await history(ana.page);
    await still(ana.page);
    await ana.page.screenshot({ path: "screenshots/history-zoomed.png" });
    expect(await isTooWide(ana.page)).toBe(false);
    await ana.leave();
  });
});

describe("fifty thousand rows", () => {
  it("go on as one scrolls, and only what is in sight is drawn", async () => {
    const ana = await Person.enter(odd, "ana");
    const { page } = ana;
    await page.goto("/dashboards/many");
    await row(page, "Customer 0000").first().waitFor();
    await page.getByText("50,000 rows").waitFor();
    await page.locator('[role=row][row-index="0"] [role=gridcell][col-id="customer"]').click();
    const drawn = page.locator("[role=row].ag-row:not([row-index^=b])"); // without the totals
    const last = () =>
      drawn.evaluateAll((rows) => Math.max(...rows.map((one) => Number(one.getAttribute("row-index")))));
    await expect
      .poll(
        async () => {
          await page.keyboard.press("PageDown");
          return last();
        },
        { timeout: 20_000, interval: 0 },
      )
      .toBeGreaterThan(1500);
    expect(await drawn.count()).toBeLessThan(100);
    await page.keyboard.press("Control+Home");
    await expect.poll(() => page.locator('[role=row][row-index="0"]').count()).toBeGreaterThan(0);
    await ana.leave();
  });
});

describe("the picture in the README", () => {
  it("shows the form open on real lines", async () => {
    const ana = await Person.enter(embedded, "ana");
    const { page } = ana;
    await page.goto("/dashboards/quote-generation?f.state=TX");
    await rowButton(row(page, "Registered nurse").or(row(page, "Welder")).first(), "Generate quote").click();
    await settled(page);
    const before = await price(page).innerText();
    await field(page, "Discount").fill("7.5");
    await field(page, "Note").fill("Signed order to follow; start in two weeks.");
    await expect.poll(() => price(page).innerText()).not.toBe(before);
    await still(page);
    await page.screenshot({ path: "screenshots/readme.png" });
    await ana.leave();
  });
});
