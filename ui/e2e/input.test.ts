import type { Page } from "playwright-core";
import { afterEach, describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { field, form, type Line, openForm, price, receipt, recordId, row, rowButton, visual } from "./screen";
import { database, odd, type Place, postgres, sql, warehouses } from "./stage";

withBrowser();

const submissions = "**/api/v1/actions/*/submissions";
const welder: Line = {
  state: "WA",
  customer: "Granite Mill",
  skill: "Welder",
  duty: "Weld structural steel",
  cost: "5,347.41",
};
const hvac: Line = {
  state: "WA",
  customer: "Tidewater",
  skill: "HVAC technician",
  duty: "Service rooftop units",
  cost: "7,065.69",
};
const forklift: Line = {
  state: "WA",
  customer: "Tidewater",
  skill: "Forklift operator",
  duty: "Stage outbound orders",
  cost: "4,140.60",
};
const security: Line = {
  state: "WA",
  customer: "Tidewater",
  skill: "Security officer",
  duty: "Patrol yard and docks",
  cost: "4,142.58",
};

/** Fills the open form with what must survive every failure. */
async function fill(page: Page, note: string) {
  await field(page, "Discount").fill("7.5");
  await field(page, "Note").fill(note);
}

async function keeps(page: Page, note: string) {
  expect(await field(page, "Discount").inputValue()).toBe("7.5");
  expect(await field(page, "Note").inputValue()).toBe(note);
}

function submit(page: Page) {
  return form(page).getByRole("button", { name: "Generate quote" }).click();
}

/** The alert with this headline, whatever else is on the page. */
function alert(page: Page, headline: string) {
  return page.getByRole("alert").filter({ hasText: headline }).first();
}

async function writtenWith(place: Place, note: string): Promise<number> {
  if (place.name !== "postgres") return -1;
  return (await sql(`select receipt_id from tbquote where note = '${note}'`)).length;
}

/** What may happen to a ticket, and what the screen then says. */
const damages = [
  {
    name: "changed",
    headline: "This offer was not sealed by this server",
    damage: (ticket: string) => {
      const at = ticket.lastIndexOf(".") + 4; // in the nonce, where every change still reads as a ticket
      return ticket.slice(0, at) + (ticket[at] === "A" ? "B" : "A") + ticket.slice(at + 1);
    },
  },
  {
    name: "cut short",
    headline: "This row’s offer arrived damaged",
    damage: (ticket: string) => ticket.slice(0, 40),
  },
];

describe.each(warehouses)("bad input on $name", (place) => {
  it("says the broken rule under its field, and sends nothing", async () => {
    const ana = await Person.enter(place, "ana");
    const { page } = ana;
    await openForm(page, welder);
    await field(page, "Discount").fill("31");
    await field(page, "Discount").press("Enter");
    await form(page).getByText("Enter 30% or less.").waitFor();
    expect(await field(page, "Discount").getAttribute("aria-invalid")).toBe("true");
    await field(page, "Discount").fill("ten");
    await form(page)
      .getByText(/Enter a number/)
      .waitFor();
    await field(page, "Discount").fill("0.3");
    await form(page)
      .getByText(/multiple of 0.5/)
      .waitFor();
    await field(page, "Discount").fill("30");
    await field(page, "Note").fill("x".repeat(501));
    await field(page, "Note").press("Control+Enter");
    await form(page).getByText("501 characters; the limit is 500.").waitFor();
    expect(ana.sent.filter(({ path }) => path.endsWith("/submissions"))).toEqual([]);
    // Typed text outlives the drawer.
    await page.keyboard.press("Escape");
    await form(page).waitFor({ state: "detached" });
    await rowButton(row(page, welder.duty, welder.cost), "Generate quote").click();
    await form(page).waitFor();
    expect(await field(page, "Discount").inputValue()).toBe("30");
    await ana.leave();
  });

  it.each(damages)("refuses a ticket that was $name on the way", async ({ name, damage, headline }) => {
    const ana = await Person.enter(place, "ana");
    ana.excuse(/status of 400 .*submissions/);
    const { page } = ana;
    const note = `${name} on ${place.name}`;
    await page.route(submissions, (route) => {
      const body = route.request().postDataJSON() as { ticket: string };
      return route.continue({ postData: JSON.stringify({ ...body, ticket: damage(body.ticket) }) });
    });
    await openForm(page, welder);
    await fill(page, note);
    await submit(page);
    await alert(page, headline).waitFor();
    await keeps(page, note);
    expect(await writtenWith(place, note)).toBeLessThanOrEqual(0);
    await page.unroute(submissions);
    await page.getByRole("button", { name: "Refresh the row" }).first().click();
    await page.getByRole("alert").first().waitFor({ state: "detached" });
    await keeps(page, note);
    await submit(page);
    await receipt(page, "").waitFor();
    await ana.leave();
  });

  it("answers a ticket that comes again with the first receipt", async () => {
    const ana = await Person.enter(place, "ana");
    ana.excuse(/ERR_FAILED|Failed to fetch/);
    const { page } = ana;
    const queries = "**/visuals/lines/query";
    await openForm(page, hvac);
    await fill(page, `once on ${place.name}`);
    await page.route(queries, (route) => route.abort()); // the table keeps the old ticket
    await submit(page);
    await receipt(page, "generated").waitFor();
    const first = await recordId(page);
    await page.getByRole("button", { name: "Done" }).click();
    await form(page).waitFor({ state: "detached" });
    await rowButton(row(page, hvac.duty, hvac.cost), "Generate quote").click();
    await form(page).waitFor();
    await fill(page, `twice on ${place.name}`);
    await submit(page);
    await page.getByText(/^This was already written at/).waitFor();
    await page.screenshot({ path: "screenshots/trouble-replayed.png" });
    await page.getByText(`once on ${place.name}`).first().waitFor();
    expect(await page.getByText(first).count()).toBeGreaterThan(0);
    expect(await writtenWith(place, `twice on ${place.name}`)).toBeLessThanOrEqual(0);
    await ana.leave();
  });

  it("keeps what was typed over a lost connection, and goes on", async () => {
    const ana = await Person.enter(place, "ana");
    ana.excuse(/ERR_INTERNET_DISCONNECTED/);
    const { page } = ana;
    const note = `offline on ${place.name}`;
    await openForm(page, forklift);
    await fill(page, note);
    await ana.context.setOffline(true);
    await submit(page);
    await alert(page, "No connection to the server").waitFor();
    await keeps(page, note);
    await ana.context.setOffline(false);
    await page.getByRole("button", { name: "Try again" }).first().click();
    await receipt(page, "").waitFor();
    expect(Math.abs(await writtenWith(place, note))).toBe(1);
    await ana.leave();
  });
});

describe("an offer that expires", () => {
  it("is refused when it arrives too late, keeps what was typed, and is renewed from the row", async () => {
    const ana = await Person.enter(odd, "ana");
    ana.excuse(/status of 410/);
    const { page } = ana;
    const brief = () => rowButton(row(page, "Cascade Data Centers").first(), "Quote briefly");
    await page.goto("/dashboards/brief?f.customer.has=Cascade");
    await brief().click();
    await form(page).or(alert(page, "This offer has expired")).first().waitFor();
    if ((await form(page).count()) === 0)
      await page.getByRole("button", { name: "Refresh the row" }).first().click();
    await form(page).waitFor();
    await fill(page, "held back");
    await page.route(submissions, async (route) => {
      await expect.poll(() => alert(page, "This offer has expired").count(), { timeout: 10_000 }).toBe(1);
      await route.continue();
    });
    await submit(page);
    await page.getByText("so that no old price is ever written").waitFor();
    await keeps(page, "held back");
    await page.unroute(submissions);
    await page.getByRole("button", { name: "Refresh the row" }).first().click();
    await expect
      .poll(() => form(page).getByRole("button", { name: "Generate quote" }).isEnabled())
      .toBe(true);
    await keeps(page, "held back");
    await submit(page);
    await receipt(page, "generated").waitFor();
    await ana.leave();
  });
});

describe("a database that changes behind the screen", () => {
  const where = "customername = 'Granite Mill Paper' and skill = 'HVAC technician' and shift = 'Day'";
  const line: Line = {
    state: "WA",
    customer: "Granite Mill",
    skill: "HVAC technician",
    duty: "Service rooftop units",
    cost: "5,958.35",
  };

  it("shows what changed in the row, and goes on with the new values", async () => {
    const ana = await Person.enter(postgres, "ana");
    ana.excuse(/status of 409/);
    const { page } = ana;
    await openForm(page, line);
    await fill(page, "changed row");
    await sql(`update billing_input_tbl set cost = 6000 where ${where}`);
    await submit(page);
    await alert(page, "The row changed since you opened it").waitFor();
    const change = page.getByRole("row", { name: /Cost/ }).last();
    expect(await change.getByRole("cell").allInnerTexts()).toEqual(["$5,958.35", "$6,000.00"]);
    expect(await writtenWith(postgres, "changed row")).toBe(0);
    await page.screenshot({ path: "screenshots/trouble-changed-row.png" });
    await page.getByRole("button", { name: "Use the new values" }).click();
    await expect
      .poll(() => page.getByRole("region", { name: "From the row" }).innerText())
      .toContain("$6,000.00");
    await keeps(page, "changed row");
    await expect.poll(() => price(page).innerText()).toBe("$7,520.25");
    await submit(page);
    await receipt(page, "generated").waitFor();
    expect(await sql("select cost, price from tbquote where note = 'changed row'")).toEqual([
      ["6000.00", "7520.25"],
    ]);
    await ana.leave();
  });

  it("says that a row is gone", async () => {
    const ana = await Person.enter(postgres, "ana");
    ana.excuse(/status of 409/);
    const { page } = ana;
    const gone: Line = {
      state: "WA",
      customer: "Granite Mill",
      skill: "Forklift operator",
      duty: "Move pallets in cold storage",
      cost: "3,878.67",
    };
    await openForm(page, gone);
    await fill(page, "gone row");
    await sql(
      "delete from billing_input_tbl where customername = 'Granite Mill Paper' and jobdutydescription = 'Move pallets in cold storage' and state = 'WA'",
    );
    await submit(page);
    await alert(page, "The row is no longer there").waitFor();
    expect(await writtenWith(postgres, "gone row")).toBe(0);
    await ana.leave();
  });
});

const full = `create function no_room() returns trigger language plpgsql as
  $$ begin raise 'could not extend file: No space left on device' using errcode = '53100'; end $$;
  create trigger no_room before insert on tbquote for each statement execute function no_room()`;

/** Each trouble: how it comes, what the screen says, how it goes. */
const troubles = [
  {
    name: "down",
    headline: "The database cannot be reached",
    begin: () => database("stopped"),
    end: () => database("started"),
  },
  {
    name: "read-only",
    headline: "The database takes no writes now",
    begin: () => database("readonly"),
    end: () => database("writable"),
  },
  {
    name: "out of space",
    headline: "The database is out of space",
    begin: () => sql(full),
    end: () => sql("drop function no_room() cascade"),
  },
  {
    name: "missing a column",
    headline: "The database table does not fit this action",
    begin: () => sql("alter table tbquote rename column note to remark"),
    end: () => sql("alter table tbquote rename column remark to note"),
  },
];

describe("a database in trouble", () => {
  let mend: (() => Promise<unknown>) | undefined;
  afterEach(async () => {
    await mend?.();
    mend = undefined;
  });

  it.each(troubles)(
    "that is $name: a clear message, nothing lost, and it goes on afterwards",
    async (trouble) => {
      const ana = await Person.enter(postgres, "ana");
      ana.excuse(/status of 50[0-9]/);
      const { page } = ana;
      const note = `while ${trouble.name}`;
      await openForm(page, security);
      await fill(page, note);
      await trouble.begin();
      mend = trouble.end;
      await submit(page);
      await alert(page, trouble.headline).waitFor();
      await page.getByRole("button", { name: "Copy request id" }).first().waitFor();
      // The price of no discount must not stay beside the one that was typed, also when it cannot be computed now.
      await expect.poll(() => price(page).innerText()).not.toBe("$5,613.20");
      await page.screenshot({ path: `screenshots/trouble-${trouble.name.replaceAll(" ", "-")}.png` });
      await keeps(page, note);
      await trouble.end();
      mend = undefined;
      await page.getByRole("button", { name: "Try again" }).first().click();
      await receipt(page, "").waitFor();
      expect(await writtenWith(postgres, note)).toBe(1);
      await ana.leave();
    },
  );

  it("on a dashboard: each card says so, and fetches again by itself or on a press", async () => {
    const ben = await Person.enter(postgres, "ben");
    ben.excuse(/status of 503/);
    const { page } = ben;
    await database("stopped");
    mend = () => database("started");
    await ben.open("/dashboards/quote-history");
    await alert(page, "The database cannot be reached").waitFor();
    await page.screenshot({ path: "screenshots/trouble-dashboard.png" });
    await database("started");
    mend = undefined;
    const card = visual(page, "Quotes");
    await card.getByRole("button", { name: "Try again" }).click();
    await row(page, "Q-").first().waitFor();
    await ben.leave();
  });
});

describe("a quote whose offer is pressed twice", () => {
  it("is written once", async () => {
    const ana = await Person.enter(postgres, "ana");
    const { page } = ana;
    const line: Line = {
      state: "WA",
      customer: "Evergreen",
      skill: "Electrician",
      duty: "Wire new work cells",
      cost: "6,657.05",
    };
    await openForm(page, line);
    await fill(page, "double click");
    await form(page).getByRole("button", { name: "Generate quote" }).dblclick();
    await receipt(page, "generated").waitFor();
    expect(await writtenWith(postgres, "double click")).toBe(1);
    await ana.leave();
  });
});
