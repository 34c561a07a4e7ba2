import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** What a person sees on the screens, by the names that they would use. */

/** A table row that holds all the texts. */
export function row(page: Page, ...texts: string[]): Locator {
  return texts.reduce((rows, text) => rows.filter({ hasText: text }), page.locator("[role=row].ag-row"));
}

export function rowButton(line: Locator, name: string): Locator {
  return line.getByRole("button", { name, exact: true });
}

/** The text of one column in the rows that are drawn. */
export async function column(page: Page, name: string): Promise<string[]> {
  return page.locator(`[role=row].ag-row [role=gridcell][col-id="${name}"]`).allInnerTexts();
}

export function visual(page: Page, title: string): Locator {
  return page.getByRole("region", { name: title, exact: true });
}

/** The open form. */
export function form(page: Page, title = "Generate quote"): Locator {
  return page.getByRole("form", { name: title });
}

/** An input of the open form. */
export function field(page: Page, label: string): Locator {
  return page.getByRole("form").getByRole("textbox", { name: label });
}

export function price(page: Page): Locator {
  return page.getByRole("region", { name: "Computed by the server" }).getByRole("definition");
}

export function signed(page: Page): Locator {
  return page.getByRole("region", { name: "From the row" });
}

export function receipt(page: Page, status: string): Locator {
  return page.getByText(new RegExp(`^Written as ${status}`)).first();
}

/** The record that the receipt in the drawer speaks of. */
export async function recordId(page: Page): Promise<string> {
  const text = await page.getByText(/^Record \S+ in /).innerText();
  return text.replace(/^Record (\S+) in .*$/s, "$1");
}

/** One line of the price list, by words that only it has. */
export interface Line {
  state: string;
  customer: string;
  skill: string;
  duty: string;
  cost: string;
}

/** Opens Quote generation so that the line is in sight. */
export async function openLine(page: Page, line: Line): Promise<Locator> {
  const search = new URLSearchParams({
    "f.state": line.state,
    "f.skill": line.skill,
    "f.customer.has": line.customer,
  });
  await page.goto(`/dashboards/quote-generation?${search}`);
  const found = row(page, line.duty, line.cost);
  await found.waitFor();
  return found;
}

/** Presses "Generate quote" on a line and waits until the form can be used. */
export async function openForm(page: Page, line: Line): Promise<void> {
  await rowButton(await openLine(page, line), "Generate quote").click();
  await form(page).waitFor();
  await settled(page);
}

/** Waits until the drawer stands still and the price is there. */
export async function settled(page: Page) {
  await price(page).waitFor();
  await expect.poll(() => price(page).innerText()).toMatch(/\d/);
}

/** Fills the form and submits it; gives back the record's id. */
export async function quote(page: Page, line: Line, discount = "0", note = ""): Promise<string> {
  await openForm(page, line);
  await field(page, "Discount").fill(discount);
  if (note !== "") await field(page, "Note").fill(note);
  await page.getByRole("button", { name: "Generate quote" }).last().click();
  await page.getByText(/^Written as /).waitFor();
  return recordId(page);
}

/** A number of a KPI card. */
export async function kpi(page: Page, title: string, label?: string): Promise<string> {
  const card = visual(page, title);
  if (!label) return card.locator("[title]").last().innerText();
  return card.locator("dl > div").filter({ hasText: label }).getByRole("definition").innerText();
}
