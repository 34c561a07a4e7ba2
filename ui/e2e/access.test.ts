import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { type Shot, walk } from "./shots";
import { embedded, keepSecret } from "./stage";

withBrowser();

/** Everything here is done as the administrator of the demo. */
const enter = () => Person.enter(embedded, "ada");

const dialog = (page: Page): Locator => page.getByRole("dialog");
const card = (page: Page, title: string): Locator =>
  page.getByRole("region", { name: title, exact: true }).first();
const box = (inside: Locator | Page, name: string | RegExp): Locator =>
  inside.getByRole("textbox", { name, exact: typeof name === "string" });

/** A field with suggestions: typed into, and its list closed. */
async function suggest(inside: Locator | Page, name: string | RegExp, text: string) {
  const field = inside.getByRole("combobox", { name });
  await field.fill(text);
  await field.press("Escape");
}

async function closed(page: Page) {
  await dialog(page).waitFor({ state: "detached" });
}

async function newUser(page: Page, name: string, displayName: string) {
  await page.goto("/access");
  await page.getByRole("button", { name: "Create user" }).click();
  await box(dialog(page), "Name").fill(name);
  await box(dialog(page), "Display name").fill(displayName);
  await dialog(page).getByRole("button", { name: "Create user" }).click();
  await page.getByRole("dialog", { name: `${name} is there` }).waitFor();
}

describe("the demo’s administrator", () => {
  it("finds a key, a group and a policy that belong together", async () => {
    const ada = await enter();
    const { page } = ada;
    await page.goto("/keys");
    await page.getByRole("link", { name: "anycompany" }).waitFor();
    await page.goto("/access?show=try");
    await suggest(page, "May this user or role", "ana");
    await suggest(page, "do this", "kms:Decrypt");
    await page.getByRole("button", { name: "Explain" }).click();
    // On every key there is: no. On this one: yes, by the group.
    await page.getByText("Denied", { exact: true }).waitFor();
    await page.goto("/access?show=policies");
    await page.getByRole("link", { name: "UseTheDemoKey" }).click();
    await card(page, "Who has it").getByRole("link", { name: "sales" }).click();
    await card(page, "Members").getByRole("link", { name: "ana" }).waitFor();
    await card(page, "Members").getByText("by the project’s files").waitFor();
    await ada.leave();
  });
});

describe("a user", () => {
  it("is made, comes in by the link that is shown once, and is out again when deleted", async () => {
    const ada = await enter();
    const { page } = ada;
    await newUser(page, "mia", "Mia Sato");
    await dialog(page).getByRole("button", { name: "Make the link" }).click();
    const link = await page.locator('[data-value="Sign-in link"]').innerText();
    keepSecret(link.replace(/^.*#/, ""));
    await page.keyboard.press("Escape");
    await dialog(page).getByText("never again").waitFor();
    await dialog(page).getByRole("button", { name: "I have kept the link" }).click();
    await page.getByRole("heading", { level: 1, name: "Mia Sato" }).waitFor();
    expect(await page.content()).not.toContain(link.replace(/^.*#/, ""));

    const mia = await Person.freshly(embedded, "mia", {}, link);
    mia.excuse(/status of 401/);
    await mia.page.getByRole("navigation", { name: "Main" }).waitFor();
    expect(await mia.page.getByRole("link", { name: "Access" }).count()).toBe(0);

    await page.getByRole("button", { name: "Edit…", exact: true }).click();
    await dialog(page).getByLabel("admin").check();
    await dialog(page).getByRole("button", { name: "Save" }).click();
    await closed(page);
    await mia.page.reload();
    await mia.page.getByRole("link", { name: "Access" }).waitFor();

    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await dialog(page).getByText("every session and sign-in link of mia").waitFor();
    await dialog(page).getByLabel("to confirm").fill("mi");
    await page.keyboard.press("Enter");
    await dialog(page).getByText("This is not it").waitFor();
    await dialog(page).getByLabel("to confirm").fill("mia");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/access");
    await expect.poll(() => page.getByRole("link", { name: "mia" }).count()).toBe(0);
    await mia.page.goto("/account");
    await mia.page.waitForURL("**/signin**");
    await mia.forget();
    await mia.leave();
    await ada.leave();
  });

  it("of the project’s files is changed there, and the page says so", async () => {
    const ada = await enter();
    const { page } = ada;
    await page.goto("/access/users/ben");
    await page.getByText("change in the project’s files").waitFor();
    expect(await page.getByRole("button", { name: "Edit…", exact: true }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "More" }).count()).toBe(0);
    await page.getByRole("button", { name: "New sign-in link…" }).waitFor();
    await ada.leave();
  });

  it("who is the last administrator stays", async () => {
    const ada = await enter();
    ada.excuse(/status of 422/);
    const { page } = ada;
    await page.goto("/access/users/ada");
    await page.getByRole("button", { name: "Edit…", exact: true }).click();
    await dialog(page).getByLabel("reader").check();
    await dialog(page).getByRole("button", { name: "Save" }).click();
    await dialog(page).getByText("this is the last administrator").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await dialog(page).getByLabel("to confirm").fill("ada");
    await page.keyboard.press("Enter");
    await dialog(page).getByText("this is the last administrator").waitFor();
    await ada.leave();
  });

  it("is made with the keyboard alone, and nothing typed is lost on an error", async () => {
    const ada = await enter();
    ada.excuse(/status of 422/);
    const { page } = ada;
    await page.goto("/access");
    const make = page.getByRole("button", { name: "Create user" });
    await make.focus();
    await page.keyboard.press("Enter");
    await dialog(page).waitFor();
    await expect
      .poll(() => box(dialog(page), "Name").evaluate((input) => input === document.activeElement))
      .toBe(true);
    await page.keyboard.type("ana");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Another Ana");
    await page.keyboard.press("Enter");
    await dialog(page).getByText('"ana" is taken').waitFor();
    expect(await box(dialog(page), "Display name").inputValue()).toBe("Another Ana");
    await page.keyboard.press("Escape");
    await closed(page);
    await expect.poll(() => make.evaluate((button) => button === document.activeElement)).toBe(true);
    await ada.leave();
  });
});

describe("a group", () => {
  it("is made, filled and deleted", async () => {
    const ada = await enter();
    const { page } = ada;
    await newUser(page, "noor", "Noor Haddad");
    await dialog(page).getByRole("button", { name: "Later" }).click();
    await page.goto("/access?show=groups");
    await page.getByRole("button", { name: "Create group" }).click();
    await box(dialog(page), "Name").fill("night-desk");
    await page.keyboard.press("Enter");
    await page.getByText("Nobody is in this group").waitFor();
    await page.getByRole("combobox", { name: "Add a user" }).click();
    expect(await page.getByRole("option", { name: "ana" }).count()).toBe(0);
    await page.getByRole("option", { name: "noor" }).click();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "Take noor out of the group" }).waitFor();
    await page.getByRole("button", { name: "Delete…" }).click();
    await dialog(page).getByText("the membership of noor").waitFor();
    await dialog(page).getByLabel("to confirm").fill("night-desk");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/access?show=groups");
    await page.goto("/access/users/noor");
    await card(page, "Who it is").getByText("none").waitFor();
    await ada.leave();
  });
});

describe("policies", () => {
  it("are written with their mistakes shown, tried before they are saved, and kept in versions", async () => {
    const ada = await enter();
    ada.excuse(/status of 422/);
    const { page } = ada;
    await page.goto("/access?show=policies");
    await page.getByRole("button", { name: "Create policy" }).click();
    await box(dialog(page), "Name").fill("read-logs");
    await dialog(page).getByLabel("Begin with").selectOption({ label: "Look into the audit log" });
    const text = box(dialog(page), "Policy");
    const sound = await text.inputValue();
    await text.fill(sound.replace('"Allow"', '"Perhaps"'));
    await dialog(page).getByRole("button", { name: "Create policy" }).click();
    await dialog(page)
      .getByRole("button", { name: /^Line 6: Statement\[0\].*Effect/ })
      .click();
    expect(
      await text.evaluate((area: HTMLTextAreaElement) =>
        area.value.slice(area.selectionStart, area.selectionEnd),
      ),
    ).toContain("Perhaps");
    await text.fill(sound.replace('"cloudtrail:LookupEvents",', '"cloudtrail:LookupEvents"'));
    await dialog(page).getByRole("button", { name: "Create policy" }).click();
    await dialog(page)
      .getByRole("button", { name: /^Line \d+: This is not JSON/ })
      .waitFor();
    await text.fill(sound);
    await dialog(page).getByRole("button", { name: "Create policy" }).click();
    await page.getByText("Nobody. It is attached").waitFor();

    const draft = box(page, /^Policy, version/);
    await draft.fill(sound.replace("cloudtrail:LookupEvents", "cloudtrail:Describe*"));
    await suggest(page, "May they do this", "cloudtrail:LookupEvents");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("Denied", { exact: true }).waitFor();
    await page.getByLabel("It counts at once").uncheck();
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.getByText("This version does not count; v1 does.").waitFor();
    await page.getByRole("button", { name: "Make v2 count" }).click();
    await page.getByRole("button", { name: "Make v1 count" }).waitFor();
    await page.getByRole("button", { name: "Delete v1" }).click();
    await expect.poll(() => page.getByRole("link", { name: "v1" }).count()).toBe(0);

    await page.goto("/access/users/vera");
    await page.getByRole("combobox", { name: "Attach a policy" }).click();
    await page.getByRole("option", { name: "read-logs" }).click();
    await page.getByRole("button", { name: "Attach", exact: true }).click();
    await page.getByRole("button", { name: "Detach read-logs" }).waitFor();
    await page.goto("/access?show=policies&q=read-logs");
    await page.getByRole("link", { name: "read-logs" }).click();
    await page.getByRole("button", { name: "Delete…" }).click();
    await dialog(page).getByText("the user vera").waitFor();
    await dialog(page).getByLabel("to confirm").fill("read-logs");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/access?show=policies");
    await ada.leave();
  });
});

describe("a role", () => {
  it("is made for users by name, limited, and changed", async () => {
    const ada = await enter();
    const { page } = ada;
    await page.goto("/access?show=roles");
    await page.getByRole("button", { name: "Create role" }).first().click();
    await box(dialog(page), "Name").fill("importer");
    await dialog(page).getByLabel("these users").check();
    await dialog(page).getByRole("button", { name: "Create role" }).click();
    await dialog(page).getByText("Choose at least one user.").waitFor();
    const users = dialog(page).getByRole("combobox", { name: "Users" });
    await users.fill("ben");
    await dialog(page).getByRole("option", { name: "ben" }).click();
    await users.press("Escape");
    expect(await box(dialog(page), "Trust policy").inputValue()).toContain("user/ben");
    await dialog(page).getByRole("button", { name: "Create role" }).click();
    await page.getByRole("heading", { level: 1, name: "importer" }).waitFor();

    await page.getByRole("button", { name: "Write one of its own…" }).click();
    await box(dialog(page), "Name").fill("nightly");
    await dialog(page).getByRole("button", { name: "Save policy" }).click();
    await closed(page);
    await page.getByRole("button", { name: "Set…" }).click();
    await dialog(page).getByRole("combobox", { name: "Policy" }).click();
    await dialog(page).getByRole("option", { name: "PowerUserAccess" }).click();
    await dialog(page).getByRole("button", { name: "Set the boundary" }).click();
    await closed(page);
    await page.getByText(/^At most what/).waitFor();
    await page.getByRole("button", { name: "Edit tags" }).click();
    await dialog(page).getByLabel("Tag 1").fill("team");
    await dialog(page).getByLabel("Value 1").fill("data");
    await page.keyboard.press("Enter");
    await closed(page);
    await card(page, "Tags").getByText("data").waitFor();
    await page.getByRole("button", { name: "nightly", exact: true }).click();
    await dialog(page).getByRole("button", { name: "Delete policy" }).click();
    await closed(page);
    await expect.poll(() => page.getByRole("button", { name: "nightly", exact: true }).count()).toBe(0);
    await ada.leave();
  });
});

describe("a key", () => {
  it("is granted, and named, to whom the administrator says", async () => {
    const ada = await enter();
    ada.excuse(/status of 409/);
    const { page } = ada;
    await page.goto("/keys");
    await page.getByRole("link", { name: "anycompany" }).click();
    await page.getByRole("button", { name: "Create grant" }).click();
    await suggest(dialog(page), /^To/, "nobody");
    await dialog(page).getByRole("button", { name: "Create grant" }).click();
    await dialog(page).getByText("There is no such user").waitFor();
    await suggest(dialog(page), /^To/, "role/importer");
    await dialog(page).getByLabel("Decrypt", { exact: true }).check();
    await dialog(page).getByLabel("one that holds these pairs").check();
    await dialog(page).getByLabel("Name 1").fill("dataset");
    await dialog(page).getByLabel("Value 1").fill("quotes");
    await suggest(dialog(page), /^Who may end/, "ben");
    await box(dialog(page), "Name").fill("nightly");
    await dialog(page).getByRole("button", { name: "Create grant" }).click();
    await closed(page);
    const grants = card(page, "Grants");
    await grants.getByText("role/importer").waitFor();
    await grants.getByText("only with dataset = quotes").waitFor();
    await grants.getByText("user/ben may end it").waitFor();

    await page.getByRole("button", { name: "Add alias" }).click();
    await box(dialog(page), "Alias").fill("anycompany");
    await page.keyboard.press("Enter");
    await dialog(page).getByText("already exists").waitFor();
    await box(dialog(page), "Alias").fill("quotes/2026");
    await page.keyboard.press("Enter");
    await closed(page);
    await page.getByRole("button", { name: "Delete quotes/2026" }).click();
    await dialog(page).getByLabel("to confirm").fill("quotes/2026");
    await page.keyboard.press("Enter");
    await closed(page);
    await page.getByRole("button", { name: "Describe…" }).click();
    await box(dialog(page), "Description").fill("Of the quotes");
    await dialog(page).getByRole("button", { name: "Save" }).click();
    await card(page, "What it is").getByText("Of the quotes").waitFor();

    await page.getByRole("button", { name: "End the grant nightly" }).click();
    await dialog(page).getByLabel("to confirm").fill("nightly");
    await page.keyboard.press("Enter");
    await grants.getByText("None. A grant").waitFor();
    await ada.leave();
  });
});

describe("every form about access", () => {
  const long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenverwaltungsverordnung";
  const shots: Shot[] = [
    {
      name: "user-new",
      open: async (page) => {
        await page.goto("/access");
        await page.getByRole("button", { name: "Create user" }).click();
        await box(dialog(page), "Display name").fill(long);
        await dialog(page).getByRole("button", { name: "Create user" }).click();
        await page.getByText("A name is needed").waitFor();
      },
    },
    {
      name: "user-link",
      open: async (page) => {
        await page.goto("/access/users/ben");
        await page.getByRole("button", { name: "New sign-in link…" }).click();
        await dialog(page).getByRole("button", { name: "Make the link" }).click();
        keepSecret((await page.locator('[data-value="Sign-in link"]').innerText()).replace(/^.*#/, ""));
      },
    },
    {
      name: "user-project",
      open: (page) =>
        page.goto("/access/users/ana").then(() => page.getByText("change in the project’s files").waitFor()),
    },
    {
      name: "group-members",
      open: (page) =>
        page
          .goto("/access/groups/sales")
          .then(() => page.getByRole("combobox", { name: "Add a user" }).waitFor()),
    },
    {
      name: "policies",
      open: (page) =>
        page
          .goto("/access?show=policies")
          .then(() => page.getByRole("link", { name: "UseTheDemoKey" }).waitFor()),
    },
    {
      name: "policy",
      open: async (page) => {
        await page.goto("/access?show=policies");
        await page.getByRole("link", { name: "UseTheDemoKey" }).click();
        const text = box(page, /^Policy, version/);
        await text.fill((await text.inputValue()).replace("kms:Decrypt", "kms:*"));
        await suggest(page, "May they do this", "kms:DisableKey");
        await page.getByRole("button", { name: "Explain" }).click();
        await page.getByText("Denied", { exact: true }).waitFor();
      },
    },
    {
      name: "policy-new",
      open: async (page) => {
        await page.goto("/access?show=policies");
        await page.getByRole("button", { name: "Create policy" }).click();
        await box(dialog(page), "Name").fill(long);
        await box(dialog(page), "Policy").fill("{");
        await dialog(page).getByRole("button", { name: "Create policy" }).click();
        await dialog(page)
          .getByRole("button", { name: /not JSON/ })
          .waitFor();
      },
    },
    {
      name: "policy-unknown",
      open: (page) =>
        page
          .goto("/access/policy?arn=arn:aws:iam::123456789012:policy/none")
          .then(() => page.getByRole("alert").waitFor()),
    },
    {
      name: "role-new",
      open: async (page) => {
        await page.goto("/access?show=roles");
        await page.getByRole("button", { name: "Create role" }).first().click();
        await dialog(page).getByLabel("these users").check();
        await dialog(page).getByRole("button", { name: "Add one" }).click();
        await dialog(page).getByRole("button", { name: "Create role" }).click();
        await dialog(page).getByText("Choose at least one user.").waitFor();
      },
    },
    {
      name: "role-limited",
      open: (page) =>
        page.goto("/access/roles/importer").then(() => page.getByText(/^At most what/).waitFor()),
    },
    {
      name: "try-it",
      open: async (page) => {
        await page.goto("/access?show=try&who=ana&do=kms:Decrypt");
        await page.getByRole("button", { name: "Explain" }).click();
        await page.getByText("Denied", { exact: true }).waitFor();
      },
    },
    {
      name: "grant-new",
      open: async (page) => {
        await page.goto("/keys");
        await page.getByRole("link", { name: "anycompany" }).click();
        await page.getByRole("button", { name: "Create grant" }).click();
        await dialog(page).getByLabel("exactly these pairs").check();
        await dialog(page).getByRole("button", { name: "Create grant" }).click();
        await dialog(page).getByText("Write at least one pair.").waitFor();
      },
    },
    {
      name: "alias-move",
      open: async (page) => {
        await page.goto("/keys");
        await page.getByRole("link", { name: "anycompany" }).click();
        await page.getByRole("button", { name: "Move anycompany" }).click();
        await dialog(page).waitFor();
      },
    },
  ];

  it("has nothing for axe, for the console or for the content policy", { timeout: 240_000 }, async () => {
    const found = await Promise.all(
      (["desk", "phone"] as const).map((size) => walk(embedded, shots, "ada", size)),
    );
    expect(found.flat()).toEqual([]);
  });
});

describe("a thousand users", () => {
  it("are listed and searched without waiting", { timeout: 120_000 }, async () => {
    const ada = await enter();
    const { page } = ada;
    await page.goto("/access");
    await page.getByRole("link", { name: "ana" }).waitFor();
    const statuses = await page.evaluate(async () => {
      const make = (number: number) =>
        fetch("/api/v1/access/users", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ name: `zz${number}`, displayName: `Person ${number}`, role: "reader" }),
        }).then((answer) => answer.status);
      return Promise.all(Array.from({ length: 990 }, (_, number) => make(number)));
    });
    expect(new Set(statuses)).toEqual(new Set([200]));
    await page.reload();
    await page.getByText(/^99\d users$/).waitFor();
    const began = Date.now();
    await page.getByRole("searchbox", { name: "Search users" }).fill("person 77");
    await expect.poll(() => page.getByRole("row").count()).toBeLessThan(30);
    expect(Date.now() - began).toBeLessThan(3000);
    await page.screenshot({ path: "screenshots/users-many-desk-light.png" });
    await ada.leave();
  });
});
