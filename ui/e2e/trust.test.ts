import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { type Shot, walk } from "./shots";
import { type Credentials, keepSecret, signed, trusted } from "./stage";

withBrowser();

/** What the administrator's programs sign with; made in the browser, by the first test. */
let admin: Credentials;

const iam = (query: string) => signed(trusted, admin, "iam", `Version=2010-05-08&${query}`);
const kms = (operation: string, input: object, as = admin) =>
  signed(trusted, as, "kms", JSON.stringify(input), `TrentService.${operation}`);

const card = (page: Page, title: string): Locator =>
  page.getByRole("region", { name: title, exact: true }).first();
const line = (page: Page, text: string): Locator => page.getByRole("row").filter({ hasText: text });

/** Makes a key in the browser and ends on its page. */
async function makeKey(page: Page, alias: string, description = "") {
  await page.goto("/keys");
  await page.getByRole("button", { name: "Create key" }).click();
  const dialog = page.getByRole("dialog", { name: "Create key" });
  await dialog.getByLabel("Alias").fill(alias);
  if (description !== "") await dialog.getByLabel("Description").fill(description);
  await dialog.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("heading", { level: 1, name: alias }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** Makes an access key in the browser and reads it off the screen, the only time that it is there. */
async function makeAccessKey(page: Page, user: string): Promise<Credentials> {
  await page.goto(`/access/users/${user}`);
  await page.getByRole("button", { name: "Create access key" }).click();
  const dialog = page.getByRole("dialog");
  const id = await dialog.locator('[data-value="Access key id"]').innerText();
  const secret = await dialog.locator('[data-value="Secret access key"]').innerText();
  keepSecret(secret);
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "I have kept the secret" }).click();
  await dialog.waitFor({ state: "detached" });
  return { id, secret };
}

describe("before there is anything", () => {
  it("the pages say what they are for", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await page.goto("/keys");
    await page.getByText("No keys yet").waitFor();
    await page.screenshot({ path: "screenshots/keys-first-desk-light.png" });
    await page.goto("/access?show=groups");
    await page.getByText("No group has policies yet").waitFor();
    await page.screenshot({ path: "screenshots/groups-first-desk-light.png" });
    await root.leave();
  });
});

describe("an access key", () => {
  it("is shown once, works at once, and not any more when it is deleted", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    admin = await makeAccessKey(page, "admin");
    const who = await signed(trusted, admin, "sts", "Action=GetCallerIdentity&Version=2011-06-15");
    expect(who).toMatchObject({ status: 200 });
    expect(who.body).toContain("user/admin");

    const hers = await makeAccessKey(page, "ana");
    await page.reload();
    await line(page, hers.id).waitFor();
    expect(await page.content()).not.toContain(hers.secret);
    await page.getByRole("button", { name: `Switch off ${hers.id}` }).click();
    await line(page, hers.id).getByText("Off", { exact: true }).waitFor();
    const off = await signed(trusted, hers, "sts", "Action=GetCallerIdentity&Version=2011-06-15");
    expect(off.status).toBe(403);

    await page.getByRole("button", { name: `Delete ${hers.id}` }).click();
    const dialog = page.getByRole("dialog", { name: "Delete access key" });
    await dialog.getByLabel("to confirm").fill("something else");
    await page.keyboard.press("Enter");
    await dialog.getByText("This is not it").waitFor();
    await dialog.getByLabel("to confirm").fill(hers.id);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => line(page, hers.id).count()).toBe(0);
    await root.leave();
  });
});

describe("a key", () => {
  it("is locked when its name is typed, and refuses from the next request on", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await makeKey(page, "hospital", "The patients of all wards");
    const before = await kms("Encrypt", { KeyId: "alias/hospital", Plaintext: "aGVsbG8=" });
    expect(before.status).toBe(200);
    await page.reload();
    await card(page, "Recent use").getByRole("row").filter({ hasText: "Encrypt" }).waitFor();
    const overTime = card(page, "Use over time");
    await overTime.getByText(/\d+ uses?.* in 30 days/).waitFor();
    await overTime.getByText("As a table").click();
    await overTime.getByRole("row").nth(1).waitFor();

    await page.getByRole("button", { name: "Disable…" }).click();
    const dialog = page.getByRole("dialog", { name: "Disable hospital" });
    await dialog.getByText("every request that names hospital").waitFor();
    await dialog.getByText("admin, who used it").waitFor();
    await dialog.getByLabel("to confirm").fill("hospita");
    await dialog.getByRole("button", { name: "Disable the key" }).click();
    await dialog.getByText("This is not it").waitFor();
    expect((await kms("Encrypt", { KeyId: "alias/hospital", Plaintext: "aGVsbG8=" })).status).toBe(200);
    await dialog.getByLabel("to confirm").fill("hospital");
    await dialog.getByRole("button", { name: "Disable the key" }).click();
    await page
      .getByRole("region", { name: "State of the key" })
      .getByText("Disabled", { exact: true })
      .waitFor();
    const refused = await kms("Encrypt", { KeyId: "alias/hospital", Plaintext: "aGVsbG8=" });
    expect(refused.status).toBe(400);
    expect(refused.body).toContain("DisabledException");

    await page.getByRole("button", { name: "Enable", exact: true }).click();
    await page.getByRole("button", { name: "Disable…" }).waitFor();
    expect((await kms("Encrypt", { KeyId: "alias/hospital", Plaintext: "aGVsbG8=" })).status).toBe(200);
    await root.leave();
  });

  it("has a policy that says why, and where its mistakes are", async () => {
    const root = await Person.enter(trusted, "admin");
    root.excuse(/status of 422/);
    const { page } = root;
    await makeKey(page, "explained");
    const policy = page.getByLabel("Policy of the key");
    await policy.waitFor();
    await page.getByLabel("May this user or role").fill("ana");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText("Denied", { exact: true }).waitFor();

    const text = await policy.inputValue();
    await policy.fill(text.replace('"kms:*",', '"kms:*"'));
    await page.getByRole("button", { name: "Save policy" }).click();
    await page.getByRole("button", { name: /^Line \d+: This is not JSON/ }).waitFor();
    await policy.fill(text.replace('"kms:*"', "7"));
    await page.getByRole("button", { name: "Save policy" }).click();
    await page.getByRole("button", { name: /^Line 10: Statement\[0\].*It is a number/ }).waitFor();

    const arn = "arn:aws:iam::123456789012:user/ana";
    const extra = `{"Sid": "ana", "Effect": "Allow", "Principal": {"AWS": "${arn}"}, "Action": "kms:Decrypt", "Resource": "*"},`;
    await policy.fill(text.replace('"Statement" : [', `"Statement" : [ ${extra}`));
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText("which is not saved").waitFor();
    await page.getByRole("button", { name: "Save policy" }).click();
    await page.getByRole("button", { name: "Save policy" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByText("Allowed", { exact: true }).waitFor();
    await root.leave();
  });
});

describe("a session", () => {
  it("that an administrator ends is over at its next request", async () => {
    const ana = await Person.freshly(trusted, "ana");
    ana.excuse(/status of 401/);
    await ana.page
      .getByRole("link", { name: /Quote generation/ })
      .first()
      .waitFor();
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await page.goto("/access/users/ana");
    await card(page, "Sessions").getByRole("button", { name: "End now" }).first().click();
    await page.getByText("Not signed in anywhere.").waitFor();
    await ana.page.goto("/account");
    await ana.page.waitForURL("**/signin**");
    await ana.forget();
    await ana.leave();
    await root.leave();
  });
});

describe("who may not", () => {
  it("sees neither the entries nor the pages", async () => {
    const ben = await Person.freshly(trusted, "ben");
    ben.excuse(/status of 403/);
    const { page } = ben;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Dashboards" }).waitFor();
    expect(await page.getByRole("link", { name: "Keys" }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "Access" }).count()).toBe(0);
    await page.goto("/keys");
    await page.getByRole("alert").getByText("You may not do this").waitFor();
    await page.screenshot({ path: "screenshots/keys-denied-desk-light.png" });
    await ben.leave();
  });
});

describe("the keyboard alone", () => {
  it("goes from the rail to a key that is locked", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await makeKey(page, "typed");
    await page.goto("/dashboards");
    await page.getByRole("main").getByRole("link").first().waitFor();
    await press(page, "Tab", () => focusIs(page, "Keys"));
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "typed" }).waitFor();
    await press(page, "Tab", () => focusIs(page, "typed"));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "typed" }).waitFor();
    await press(page, "Tab", () => focusIs(page, "Disable…"));
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("INPUT");
    await page.keyboard.type("typed");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Enable", exact: true }).waitFor();
    await root.leave();
  });
});

async function press(page: Page, key: string, until: () => Promise<boolean>) {
  for (let i = 0; i < 40; i++) {
    if (await until()) return;
    await page.keyboard.press(key);
  }
  throw new Error("the key never got there");
}

function focusIs(page: Page, text: string): Promise<boolean> {
  return page.evaluate((want) => document.activeElement?.textContent?.trim() === want, text);
}

const long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenverwaltungsverordnung ".repeat(4);

describe("every page about trust", () => {
  it("is filled with keys, grants, groups and roles", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    for (const [alias, text] of [
      ["warehouse", "Sealed datasets of the warehouse"],
      ["payroll/2026", ""],
      [`long-${"x".repeat(120)}`, long],
      ["old-exports", "Going away"],
    ] as const)
      await makeKey(page, alias, text);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await page.getByRole("dialog").getByLabel("to confirm").fill("old-exports");
    await page.keyboard.press("Enter");
    await page.getByText("Being deleted").waitFor();
    const described = await kms("DescribeKey", { KeyId: "alias/warehouse" });
    const { KeyMetadata } = JSON.parse(described.body) as { KeyMetadata: { KeyId: string } };
    key = KeyMetadata.KeyId;
    for (const [name, who] of [
      ["nightly-import", "ana"],
      ["reports", "vera"],
    ])
      await kms("CreateGrant", {
        KeyId: key,
        Name: name,
        GranteePrincipal: `arn:aws:iam::123456789012:user/${who}`,
        Operations: ["Decrypt", "GenerateDataKey"],
        Constraints: { EncryptionContextSubset: { dataset: "quotes" } },
      });
    await kms("GenerateDataKey", { KeyId: key, KeySpec: "AES_256" });
    await kms("EnableKeyRotation", { KeyId: key });
    await iam("Action=CreateGroup&GroupName=auditors");
    await iam("Action=AttachGroupPolicy&GroupName=auditors&PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess");
    const trust = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "sts:AssumeRole" },
      ],
    };
    const document = encodeURIComponent(JSON.stringify(trust));
    await iam(
      `Action=CreateRole&RoleName=importer&Description=Loads%20the%20warehouse&AssumeRolePolicyDocument=${document}`,
    );
    await iam(
      "Action=AttachRolePolicy&RoleName=importer&PolicyArn=arn:aws:iam::aws:policy/SecretsManagerReadWrite",
    );
    await root.leave();
  });

  let key = "";
  const shots: Shot[] = [
    { name: "keys", open: (page) => page.goto("/keys").then(() => line(page, "warehouse").waitFor()) },
    {
      name: "keys-none-match",
      open: (page) => page.goto("/keys?q=nothing").then(() => page.getByText("No key matches").waitFor()),
    },
    {
      name: "key-new",
      open: async (page) => {
        await page.goto("/keys");
        await page.getByRole("button", { name: "Create key" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
        await page.getByText("A name is needed").waitFor();
      },
    },
    {
      name: "key",
      open: async (page) => {
        await page.goto(`/keys/${key}`);
        await page.getByText("user/ana").first().waitFor();
        await card(page, "Recent use").getByText("GenerateDataKey").first().waitFor();
        await page.getByLabel("Policy of the key").waitFor();
      },
    },
    {
      name: "key-disable",
      open: async (page) => {
        await page.goto(`/keys/${key}`);
        await page.getByRole("button", { name: "Disable…" }).click();
        await page.getByRole("dialog").getByText("nightly-import").waitFor();
        await page.getByRole("dialog").getByText("who used it").waitFor();
      },
    },
    {
      name: "key-explained",
      open: async (page) => {
        await page.goto(`/keys/${key}`);
        await page.getByLabel("May this user or role").fill("ana");
        await page.getByRole("button", { name: "Explain", exact: true }).click();
        await page.getByText("Denied", { exact: true }).scrollIntoViewIfNeeded();
      },
    },
    {
      name: "key-policy-mistakes",
      open: async (page) => {
        await page.goto(`/keys/${key}`);
        const policy = page.getByLabel("Policy of the key");
        await policy.waitFor();
        await policy.fill((await policy.inputValue()).replace('"kms:*"', "7"));
        await page.getByRole("button", { name: "Save policy" }).click();
        await page.getByRole("button", { name: /^Line 10/ }).scrollIntoViewIfNeeded();
      },
    },
    {
      name: "key-pending",
      open: async (page) => {
        await page.goto("/keys?q=old");
        await page.getByRole("link", { name: "old-exports" }).click();
        await page.getByRole("button", { name: "Keep the key" }).waitFor();
      },
    },
    {
      name: "key-long-words",
      open: async (page) => {
        await page.goto("/keys?q=long");
        await page.getByRole("link", { name: /^long-/ }).click();
        await page.getByLabel("Policy of the key").waitFor();
      },
    },
    {
      name: "key-unknown",
      open: (page) =>
        page.goto("/keys/11111111-2222-4333-8444-555555555555").then(() => page.getByRole("alert").waitFor()),
    },
    { name: "users", open: (page) => page.goto("/access").then(() => line(page, "vera").waitFor()) },
    {
      name: "user",
      open: async (page) => {
        await page.goto("/access/users/admin");
        await card(page, "Access keys").getByRole("row").nth(1).waitFor();
        await card(page, "Sessions").getByRole("row").nth(1).waitFor();
        await page.getByRole("combobox", { name: "Attach a policy" }).waitFor();
      },
    },
    {
      name: "user-lower",
      open: async (page) => {
        await page.goto("/access/users/admin");
        await card(page, "Access keys").getByRole("row").nth(1).waitFor();
        await card(page, "Sessions").getByRole("row").nth(1).scrollIntoViewIfNeeded();
      },
    },
    {
      name: "key-lower",
      open: async (page) => {
        await page.goto(`/keys/${key}`);
        await card(page, "Recent use").getByRole("row").nth(3).waitFor();
        await card(page, "Recent use").getByRole("row").nth(3).scrollIntoViewIfNeeded();
      },
    },
    {
      name: "user-disable",
      open: async (page) => {
        await page.goto("/access/users/ana");
        await page.getByRole("button", { name: "Disable…" }).click();
        await page.getByRole("dialog").getByLabel("to confirm").waitFor();
      },
    },
    {
      name: "groups",
      open: (page) => page.goto("/access?show=groups").then(() => line(page, "auditors").waitFor()),
    },
    {
      name: "group",
      open: (page) =>
        page
          .goto("/access/groups/auditors")
          .then(() => page.getByRole("button", { name: "ReadOnlyAccess", exact: true }).waitFor()),
    },
    {
      name: "roles",
      open: (page) => page.goto("/access?show=roles").then(() => line(page, "importer").waitFor()),
    },
    {
      name: "role",
      open: (page) =>
        page
          .goto("/access/roles/importer")
          .then(() => page.getByRole("textbox", { name: "Trust policy" }).waitFor()),
    },
    {
      name: "policy-text",
      open: async (page) => {
        await page.goto("/access/groups/auditors");
        await page.getByRole("button", { name: "ReadOnlyAccess", exact: true }).click();
        await page.getByRole("dialog").getByText("kms:Describe*").waitFor();
      },
    },
  ];

  it("has nothing for axe, for the console or for the content policy", { timeout: 240_000 }, async () => {
    const found = await Promise.all(
      (["desk", "phone"] as const).map((size) => walk(trusted, shots, "admin", size)),
    );
    expect(found.flat()).toEqual([]);
  });

  it("shows a secret on a phone too", async () => {
    for (const [size, width, height] of [
      ["desk", 1440, 900],
      ["phone", 390, 844],
    ] as const) {
      const root = await Person.enter(trusted, "admin", { viewport: { width, height } });
      const { page } = root;
      await page.goto("/access/users/vera");
      await page.getByRole("button", { name: "Create access key" }).click();
      await page.getByRole("dialog").getByText("never again").waitFor();
      keepSecret(await page.locator('[data-value="Secret access key"]').innerText());
      await page.screenshot({ path: `screenshots/secret-once-${size}-light.png` });
      await root.leave();
    }
  });
});
