import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { column, kpi, row, rowButton, visual } from "./screen";
import { postgres, sql, warehouses } from "./stage";

withBrowser();

describe.each(warehouses)("a viewer of one state on $name", (place) => {
  it("sees Texas only, in tables and numbers, and no button that she may not use", async () => {
    const vera = await Person.enter(place, "vera");
    const { page } = vera;
    await vera.open("/dashboards/quote-generation");
    await row(page, "Brazos Valley Foods").first().waitFor();
    expect(new Set(await column(page, "state"))).toEqual(new Set(["TX"]));
    expect(await page.getByRole("button", { name: "Generate quote" }).count()).toBe(0);
    await page.getByRole("button", { name: "State", exact: true }).click();
    await expect.poll(() => page.getByRole("option").count()).toBe(1);

    await vera.open("/dashboards/quote-history");
    await row(page, "Q-").first().waitFor();
    expect(new Set(await column(page, "state"))).toEqual(new Set(["TX"]));
    for (const name of ["Accept", "Reject"])
      expect(await page.getByRole("button", { name, exact: true }).count()).toBe(0);
    expect(await rowButton(row(page, "Q-").first(), "History").count()).toBe(1);

    // What another state's rows are worth must not be in her numbers either.
    const ben = await Person.enter(place, "ben");
    await ben.open("/dashboards/quote-history?f.state=TX");
    await row(ben.page, "Q-").first().waitFor();
    for (const [title, label] of [
      ["Quotes by status", "accepted"],
      ["Value of accepted quotes"],
      ["Acceptance rate"],
    ] as const) {
      const [hers, his] = [await kpi(page, title, label), await kpi(ben.page, title, label)];
      expect(hers).toMatch(/\d/);
      expect(hers).toBe(his);
    }
    await ben.open("/dashboards/quote-history");
    await expect
      .poll(() => kpi(ben.page, "Value of accepted quotes"))
      .not.toBe(await kpi(page, "Value of accepted quotes"));
    await page.getByRole("button", { name: "View Value by state as table" }).click();
    expect(await visual(page, "Value by state").getByRole("rowheader").allInnerTexts()).toEqual(["TX"]);
    await vera.open("/dashboards/quote-history?f.state=CA"); // asked for, and still not shown
    await page.getByText("No row matches the filters").waitFor();
    await vera.leave();
    await ben.leave();
  });
});

describe("the numbers", () => {
  it("are those of the database", async () => {
    const vera = await Person.enter(postgres, "vera");
    await vera.open("/dashboards/quote-history");
    const newest =
      "select distinct on (quote_id) * from tbquote where state = 'TX' order by quote_id, created_at desc, receipt_id desc";
    const [[accepted, value] = []] = await sql(
      `select count(*), sum(price) from (${newest}) q where status = 'accepted'`,
    );
    await expect.poll(() => kpi(vera.page, "Quotes by status", "accepted")).toBe(accepted);
    const shown = await kpi(vera.page, "Value of accepted quotes");
    expect(shown.replace(/[$,]/g, "")).toBe(value);
    await vera.leave();
  });
});
