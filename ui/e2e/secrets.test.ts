import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Person, withBrowser } from "./person";
import { type Shot, walk } from "./shots";
import { type Credentials, keepSecret, signed, sql, trusted } from "./stage";

withBrowser();

/** What the administrator's programs sign with. */
let admin: Credentials;

const sm = (operation: string, input: object, as = admin) =>
  signed(trusted, as, "secretsmanager", JSON.stringify(input), `secretsmanager.${operation}`);
const iam = (query: string) => signed(trusted, admin, "iam", `Version=2010-05-08&${query}`);

const card = (page: Page, title: string): Locator =>
  page.getByRole("region", { name: title, exact: true }).first();
const line = (page: Page, text: string): Locator => page.getByRole("row").filter({ hasText: text });
const at = (name: string) => `/secrets?name=${encodeURIComponent(name)}`;

/** A secret in the browser's memory only, which no address and no log may hold. */
const password = `kestrel-${crypto.randomUUID()}`;
keepSecret(password);

async function openSecret(page: Page, name: string) {
  await page.goto(at(name));
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Whether a text is anywhere that the page keeps things: what is drawn, the caches of queries and mutations, storage. */
function isKept(page: Page, text: string): Promise<boolean> {
  return page.evaluate((wanted) => {
    const stored = JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage });
    return document.documentElement.outerHTML.includes(wanted) || stored.includes(wanted);
  }, text);
}

/** As when another tab is chosen: a headless browser has no other way to do it. */
async function leaveTab(page: Page) {
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
  });
}

describe("before there is a secret", () => {
  it("the page says what one is for", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await page.goto("/secrets");
    await page.getByText("No secrets yet").waitFor();
    await page.screenshot({ path: "screenshots/secrets-first-desk-light.png" });
    await page.goto("/access/users/admin");
    await page.getByRole("button", { name: "Create access key" }).click();
    const dialog = page.getByRole("dialog");
    admin = {
      id: await dialog.locator('[data-value="Access key id"]').innerText(),
      secret: await dialog.locator('[data-value="Secret access key"]').innerText(),
    };
    keepSecret(admin.secret);
    await dialog.getByRole("button", { name: "I have kept the secret" }).click();
    await root.leave();
  });
});

describe("a secret", () => {
  it("is made as a database login, and programs read it", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await page.goto("/secrets");
    await page.getByRole("button", { name: "Create secret" }).click();
    const dialog = page.getByRole("dialog", { name: "Create secret" });
    await dialog.getByRole("button", { name: "Create secret" }).click();
    await dialog.getByText("A name is needed").waitFor();
    await dialog.getByText("A user is needed.").waitFor();
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("team/hospital");
    await dialog.getByRole("textbox", { name: "Host", exact: true }).fill("db.example");
    await dialog.getByRole("textbox", { name: "Database", exact: true }).fill("wards");
    await dialog.getByRole("textbox", { name: "User", exact: true }).fill("nurse");
    await dialog.getByLabel(/^Password/).fill(password);
    await dialog.getByRole("button", { name: "Create secret" }).click();
    await page.getByRole("heading", { level: 1, name: "team/hospital" }).waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await isKept(page, password)).toBe(false);
    const got = await sm("GetSecretValue", { SecretId: "team/hospital" });
    expect(JSON.parse(JSON.parse(got.body).SecretString)).toEqual({
      engine: "postgres",
      host: "db.example",
      dbname: "wards",
      username: "nurse",
      password,
    });
    await root.leave();
  });

  it("is not on the page until it is revealed, and goes when the tab is left", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await openSecret(page, "team/hospital");
    const value = card(page, "Value");
    await value.getByRole("button", { name: "Reveal" }).waitFor();
    expect(root.sent.some(({ path }) => path.endsWith("/reveal"))).toBe(false);
    const answered = page.waitForResponse((one) => one.url().includes("/secret/reveal"));
    await value.getByRole("button", { name: "Reveal" }).click();
    expect((await answered).headers()["cache-control"]).toBe("no-store");
    await value.getByText(password).waitFor();
    await value.getByText(/Hides in \d+ s/).waitFor();
    // The reading is on record at once, with who.
    await card(page, "Who read it").getByRole("row").filter({ hasText: "admin" }).first().waitFor();
    await leaveTab(page);
    await value.getByText(password).waitFor({ state: "detached" });
    expect(await isKept(page, password)).toBe(false);

    await value.getByRole("button", { name: "Reveal" }).click();
    await value.getByText(password).waitFor();
    await value.getByRole("button", { name: "Hide" }).click();
    await value.getByRole("button", { name: "Reveal" }).waitFor();
    expect(await isKept(page, password)).toBe(false);

    await page.clock.install();
    await value.getByRole("button", { name: "Reveal" }).click();
    await value.getByText(password).waitFor();
    await page.clock.fastForward(31_000);
    await value.getByText(password).waitFor({ state: "detached" });
    await root.leave();
  });

  it("leads to its events", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await openSecret(page, "team/hospital");
    await card(page, "Who read it").getByRole("link", { name: "All events in Audit" }).click();
    await page.getByText("revealed secret team/hospital").first().waitFor();
    await root.leave();
  });

  it("takes a new value from the current one, and goes back to it", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await openSecret(page, "team/hospital");
    await page.getByRole("button", { name: "Store a new value…" }).click();
    const dialog = page.getByRole("dialog", { name: "Store a new value" });
    await dialog.getByRole("button", { name: "Begin with the current value" }).click();
    await expect
      .poll(() => dialog.getByRole("textbox", { name: "Host", exact: true }).inputValue())
      .toBe("db.example");
    await dialog.getByRole("button", { name: "Draw…" }).click();
    await page.getByRole("button", { name: "Draw a password" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Draw a password" }).waitFor({ state: "detached" });
    await dialog.getByRole("button", { name: "Draw…" }).click();
    await page.getByRole("button", { name: "Draw a password" }).click();
    await expect.poll(() => dialog.getByLabel(/^Password/).inputValue()).not.toBe(password);
    keepSecret(await dialog.getByLabel(/^Password/).inputValue());
    await dialog.getByRole("button", { name: "Store the value" }).click();
    await dialog.waitFor({ state: "detached" });
    const now = JSON.parse(
      JSON.parse((await sm("GetSecretValue", { SecretId: "team/hospital" })).body).SecretString,
    );
    expect(now.password).toMatch(/^[^"'\\/@`$%&<>;:?# ]{32}$/);
    expect(now.host).toBe("db.example");

    const versions = card(page, "Versions");
    const before = versions.getByRole("row").filter({ hasText: "AWSPREVIOUS" });
    await before.getByRole("button", { name: /^Make current: version/ }).click();
    await page.getByRole("dialog").getByText("becomes AWSPREVIOUS").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const back = JSON.parse(
      JSON.parse((await sm("GetSecretValue", { SecretId: "team/hospital" })).body).SecretString,
    );
    expect(back.password).toBe(password);
    await root.leave();
  });

  it("is tagged, described and found", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await openSecret(page, "team/hospital");
    await card(page, "Tags").getByRole("button", { name: "Edit tags" }).click();
    await page.getByLabel("Tag 1").fill("ward");
    await page.getByLabel("Value 1").fill("seven");
    await page.keyboard.press("Enter");
    await card(page, "Tags").getByText("seven").waitFor();
    await card(page, "What it is").getByRole("button", { name: "Change…" }).click();
    await page.getByRole("dialog").getByLabel("Description").fill("The patients of all wards");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await card(page, "What it is").getByText("The patients of all wards").waitFor();
    await page.goto("/secrets");
    await page.getByLabel("Search secrets").fill("SEVEN patients");
    await line(page, "team/hospital").waitFor();
    await page.getByLabel("Search secrets").fill("nothing like it");
    await page.getByText("No secret fits “nothing like it”").waitFor();
    await page.getByRole("button", { name: "Show all secrets" }).click();
    await line(page, "team/hospital").waitFor();
    await root.leave();
  });

  it("is deleted when its name is typed, and restored", async () => {
    const root = await Person.enter(trusted, "admin");
    root.excuse(/status of 409/);
    const { page } = root;
    await openSecret(page, "team/hospital");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("every program that reads team/hospital").waitFor();
    await dialog.getByText("admin, who read it").waitFor();
    await dialog.getByLabel("to confirm").fill("team");
    await page.keyboard.press("Enter");
    await dialog.getByText("This is not it").waitFor();
    await dialog.getByLabel("to confirm").fill("team/hospital");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Restore the secret" }).waitFor();
    expect((await sm("GetSecretValue", { SecretId: "team/hospital" })).status).toBe(400);
    await page.getByRole("button", { name: "Restore the secret" }).click();
    await card(page, "Value").getByRole("button", { name: "Reveal" }).waitFor();
    expect((await sm("GetSecretValue", { SecretId: "team/hospital" })).status).toBe(200);
    await root.leave();
  });
});

describe("who may read", () => {
  it("is told by name, and a policy is explained before it is saved", async () => {
    const root = await Person.enter(trusted, "admin");
    root.excuse(/status of 422/);
    const { page } = root;
    await openSecret(page, "team/hospital");
    const readers = card(page, "Who may read it");
    await readers.getByRole("link", { name: "admin" }).waitFor();
    expect(await readers.getByRole("link", { name: "ana", exact: true }).count()).toBe(0);
    await page.getByRole("button", { name: "Write a policy" }).click();
    const policy = page.getByLabel("Policy of the secret");
    await policy.fill((await policy.inputValue()).replace("user/NAME", "user/ana"));
    await page.getByLabel("May this user or role").fill("ana");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("which is not saved").waitFor();
    const text = await policy.inputValue();
    await policy.fill(text.replace('"secretsmanager:GetSecretValue"', "7"));
    await page.getByRole("button", { name: "Save policy" }).click();
    await page.getByRole("button", { name: /^Line 10: Statement\[0\].*It is a number/ }).waitFor();
    await policy.fill(text);
    await page.getByRole("button", { name: "Save policy" }).click();
    await readers.getByRole("link", { name: "ana", exact: true }).waitFor();
    await page.getByRole("button", { name: "Remove policy" }).click();
    await expect.poll(() => readers.getByRole("link", { name: "ana", exact: true }).count()).toBe(0);
    await page.getByRole("button", { name: "Write a policy" }).waitFor();
    await root.leave();
  });

  it("sees no more than that", async () => {
    await iam(
      `Action=PutUserPolicy&UserName=vera&PolicyName=lists&PolicyDocument=${encodeURIComponent(
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: ["secretsmanager:ListSecrets", "secretsmanager:DescribeSecret"],
              Resource: "*",
            },
          ],
        }),
      )}`,
    );
    const vera = await Person.freshly(trusted, "vera");
    const { page } = vera;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Secrets" }).click();
    await line(page, "team/hospital").getByRole("link").click();
    await page.getByText("You may not read it: no policy").waitFor();
    expect(await page.getByRole("button", { name: "Reveal" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "More" }).count()).toBe(0);
    expect(await page.getByRole("region", { name: "Policy" }).count()).toBe(0);
    await page.screenshot({ path: "screenshots/secret-seen-only-desk-light.png" });
    await vera.leave();

    const ben = await Person.freshly(trusted, "ben");
    ben.excuse(/status of 403/);
    await ben.page
      .getByRole("navigation", { name: "Main" })
      .getByRole("link", { name: "Dashboards" })
      .waitFor();
    expect(await ben.page.getByRole("link", { name: "Secrets" }).count()).toBe(0);
    await ben.page.goto("/secrets");
    await ben.page.getByRole("alert").getByText("You may not do this").waitFor();
    await ben.page.screenshot({ path: "screenshots/secrets-denied-desk-light.png" });
    await ben.leave();
  });
});

describe("a rotation", () => {
  it("is set up with its next date in sight, and done at once", async () => {
    const [[port = ""] = []] = await sql("SHOW port");
    const [[user = ""] = []] = await sql("SELECT current_user");
    const login = {
      engine: "postgres",
      host: "127.0.0.1",
      port: Number(port),
      dbname: "postgres",
      username: user,
    };
    await sm("CreateSecret", {
      Name: "db/rotated",
      ClientRequestToken: crypto.randomUUID(),
      SecretString: JSON.stringify({ ...login, password: "not-asked-for" }),
    });
    const root = await Person.enter(trusted, "admin");
    root.excuse(/status of 422/);
    const { page } = root;
    await openSecret(page, "db/rotated");
    const rotation = card(page, "Rotation");
    await rotation.getByRole("button", { name: "Set up…" }).click();
    const dialog = page.getByRole("dialog", { name: "Rotation of db/rotated" });
    await dialog.getByText(/^Next: \d{4}-/).waitFor();
    await dialog.getByText("At set times").click();
    await dialog.getByLabel("Cron expression").fill("cron(a b)");
    await dialog
      .getByRole("status")
      .getByText(/cron|Cron|Schedule/)
      .waitFor();
    await dialog.getByLabel("Cron expression").fill("cron(0 3 ? * SUN *)");
    await dialog.getByText(/^Next: \d{4}-\d\d-\d\d 03:00:00/).waitFor();
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    await rotation.getByText("making it the current value done").waitFor();
    await page.getByRole("region", { name: "State of the secret" }).getByText("In use").waitFor();
    await expect
      .poll(() => card(page, "Versions").getByRole("row").filter({ hasText: "AWSPREVIOUS" }).count())
      .toBe(1);
    await root.leave();
  });

  it("that fails says why and how to mend it, and is cancelled", async () => {
    await sm("CreateSecret", {
      Name: "db/unreachable",
      ClientRequestToken: crypto.randomUUID(),
      SecretString: JSON.stringify({
        engine: "postgres",
        host: "127.0.0.1",
        port: 9,
        username: "u",
        password: "p",
      }),
    });
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await openSecret(page, "db/unreachable");
    const rotation = card(page, "Rotation");
    await rotation.getByRole("button", { name: "Set up…" }).click();
    await page
      .getByRole("dialog")
      .getByText(/^Next: /)
      .waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await rotation.getByText("The rotation failed").waitFor();
    await rotation.getByText("Check host and port in the value").waitFor();
    await rotation.getByText("it cannot be reached").waitFor();
    await rotation.getByRole("button", { name: "Try again now" }).click();
    await rotation.getByText("The rotation failed 2 times").waitFor();
    await rotation.getByRole("button", { name: "Stop rotating" }).click();
    await page.getByRole("region", { name: "State of the secret" }).getByText("In use").waitFor();
    const left = card(page, "Versions").getByRole("row").filter({ hasText: "AWSPENDING" });
    await left.getByRole("button", { name: /^Take AWSPENDING/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take AWSPENDING away" }).click();
    await expect.poll(() => left.count()).toBe(0);
    await root.leave();
  });
});

describe("the keyboard alone", () => {
  it("goes from the rail to a value and hides it", async () => {
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await page.goto("/dashboards");
    await page.getByRole("main").getByRole("link").first().waitFor();
    await press(page, () => focusIs(page, "Secrets"));
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "team/hospital" }).waitFor();
    await press(page, () => focusIs(page, "team/hospital"));
    await page.keyboard.press("Enter");
    await card(page, "Value").getByRole("button", { name: "Reveal" }).waitFor();
    await press(page, () => focusIs(page, "Reveal"));
    await page.keyboard.press("Enter");
    await card(page, "Value").getByText(password).waitFor();
    expect(await focusIs(page, "Hide")).toBe(true);
    await page.keyboard.press("Enter");
    await card(page, "Value").getByText(password).waitFor({ state: "detached" });
    await expect.poll(() => focusIs(page, "Reveal")).toBe(true);
    await root.leave();
  });
});

async function press(page: Page, until: () => Promise<boolean>) {
  for (let i = 0; i < 40; i++) {
    if (await until()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("the key never got there");
}

function focusIs(page: Page, text: string): Promise<boolean> {
  return page.evaluate((want) => document.activeElement?.textContent?.trim() === want, text);
}

const long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenverwaltungsverordnung ".repeat(6);
const longName = `long/${"x".repeat(300)}`;

describe("every screen of the page", () => {
  it("is filled with a thousand secrets", { timeout: 120_000 }, async () => {
    const make = (Name: string, more: object = {}) => sm("CreateSecret", { Name, ...more });
    for (let from = 0; from < 1000; from += 20)
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          make(`app/service-${String(from + index).padStart(4, "0")}/token`),
        ),
      );
    await make(longName, {
      Description: long,
      SecretString: long,
      ClientRequestToken: crypto.randomUUID(),
      Tags: [{ Key: "k".repeat(128), Value: "v".repeat(256) }],
    });
    await make("old/export", { SecretString: "x", ClientRequestToken: crypto.randomUUID() });
    await sm("DeleteSecret", { SecretId: "old/export", RecoveryWindowInDays: 7 });
    // Fails now and is tried again, so that the list has one of these too.
    await make("db/failing", {
      ClientRequestToken: crypto.randomUUID(),
      SecretString: JSON.stringify({
        engine: "postgres",
        host: "127.0.0.1",
        port: 9,
        username: "u",
        password: "p",
      }),
    });
    await sm("RotateSecret", {
      SecretId: "db/failing",
      ClientRequestToken: crypto.randomUUID(),
      RotationLambdaARN: "arn:aws:lambda:us-east-1:123456789012:function:SignetPostgreSQLSingleUser",
      RotationRules: { AutomaticallyAfterDays: 30 },
    });
    const root = await Person.enter(trusted, "admin");
    const { page } = root;
    await page.goto("/secrets");
    await page.getByText("The first 100 secrets").waitFor();
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("The first 200 secrets").waitFor();
    await page.getByLabel("Search secrets").fill("service-0777");
    await line(page, "app/service-0777/token").waitFor();
    await page.getByText("1 secret in").waitFor();
    await page.goto("/secrets?state=failed");
    await line(page, "db/failing").waitFor();
    await root.leave();
  });

  const shots: Shot[] = [
    {
      name: "secrets",
      open: (page) => page.goto("/secrets?q=o").then(() => page.getByText("The first").waitFor()),
    },
    {
      name: "secrets-few",
      open: (page) => page.goto("/secrets?q=db").then(() => line(page, "db/failing").waitFor()),
    },
    {
      name: "secrets-none-fit",
      open: (page) =>
        page.goto("/secrets?q=nothing&state=failed").then(() => page.getByText("No secret fits").waitFor()),
    },
    {
      name: "secret-new",
      open: async (page) => {
        await page.goto("/secrets?q=db");
        await page.getByRole("button", { name: "Create secret" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Create secret" }).click();
        await page.getByText("A name is needed").waitFor();
      },
    },
    {
      name: "secret-new-pairs",
      open: async (page) => {
        await page.goto("/secrets?q=db");
        await page.getByRole("button", { name: "Create secret" }).click();
        await page.getByText("Names and values").click();
        await page.getByLabel("Name 1").fill("token");
        await page.getByLabel("Value 1", { exact: true }).fill("abc");
        await page.getByRole("button", { name: "Add a pair" }).click();
        await page.getByLabel("Name 2").fill("token");
        await page.getByRole("dialog").getByRole("button", { name: "Create secret" }).click();
        await page.getByText("This name is there twice.").waitFor();
      },
    },
    {
      name: "secret",
      open: async (page) => {
        await openSecret(page, "team/hospital");
        await card(page, "Who read it").getByRole("row").nth(2).waitFor();
        await card(page, "Who may read it").getByRole("row").nth(1).waitFor();
        await card(page, "Versions").getByRole("row").nth(2).waitFor();
      },
    },
    {
      name: "secret-revealed",
      open: async (page) => {
        await openSecret(page, "team/hospital");
        await card(page, "Value").getByRole("button", { name: "Reveal" }).click();
        await card(page, "Value").getByText("db.example").waitFor();
      },
    },
    {
      name: "secret-put",
      open: async (page) => {
        await openSecret(page, "team/hospital");
        await page.getByRole("button", { name: "Store a new value…" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Draw…" }).click();
        await page.getByRole("button", { name: "Draw a password" }).waitFor();
      },
    },
    {
      name: "secret-back",
      open: async (page) => {
        await openSecret(page, "team/hospital");
        await page
          .getByRole("button", { name: /^Make current: version/ })
          .first()
          .click();
        await page.getByRole("dialog").getByText("becomes AWSPREVIOUS").waitFor();
      },
    },
    {
      name: "secret-rotation",
      open: async (page) => {
        await openSecret(page, "db/rotated");
        await card(page, "Rotation").getByText("making it the current value").scrollIntoViewIfNeeded();
      },
    },
    {
      name: "secret-rotation-form",
      open: async (page) => {
        await openSecret(page, "db/rotated");
        await card(page, "Rotation").getByRole("button", { name: "Change…" }).click();
        await page
          .getByRole("dialog")
          .getByText(/^Next: /)
          .waitFor();
      },
    },
    {
      name: "secret-failed",
      open: async (page) => {
        await openSecret(page, "db/failing");
        await card(page, "Rotation").getByText("Check host and port").scrollIntoViewIfNeeded();
      },
    },
    {
      name: "secret-deleting",
      open: async (page) => {
        await openSecret(page, "old/export");
        await page.getByRole("button", { name: "Restore the secret" }).waitFor();
      },
    },
    {
      name: "secret-delete",
      open: async (page) => {
        await openSecret(page, "team/hospital");
        await page.getByRole("button", { name: "More" }).click();
        await page.getByRole("menuitem", { name: "Delete…" }).click();
        await page.getByRole("dialog").getByText("who read it").first().waitFor();
      },
    },
    {
      name: "secret-tags",
      open: async (page) => {
        await openSecret(page, "team/hospital");
        await card(page, "Tags").getByRole("button", { name: "Edit tags" }).click();
        await page.getByRole("dialog").getByLabel("Tag 1").waitFor();
      },
    },
    {
      name: "secret-policy",
      open: async (page) => {
        await openSecret(page, "team/hospital");
        await page.getByRole("button", { name: "Write a policy" }).click();
        await page.getByLabel("Policy of the secret").scrollIntoViewIfNeeded();
      },
    },
    {
      name: "secret-long-words",
      open: async (page) => {
        await openSecret(page, longName);
        await card(page, "Value").getByRole("button", { name: "Reveal" }).click();
        await card(page, "Value").getByText("Donaudampf").waitFor();
      },
    },
    {
      name: "secret-unknown",
      open: (page) => page.goto(at("nothing/here")).then(() => page.getByRole("alert").waitFor()),
    },
  ];

  it.each([
    ["lists and forms", (name: string) => /^secrets|^secret-new/.test(name)],
    ["a secret", (name: string) => /^secret(-revealed|-put|-back|-tags|-delete|-policy|)$/.test(name)],
    ["rotations and ends", (name: string) => /^secret-(rotation|failed|deleting|long|unknown)/.test(name)],
  ])(
    "%s: nothing for axe, for the console or for the content policy",
    { timeout: 240_000 },
    async (_, belongs) => {
      const some = shots.filter((shot) => belongs(shot.name));
      const found = await Promise.all(
        (["desk", "phone"] as const).map((size) => walk(trusted, some, "admin", size)),
      );
      expect(found.flat()).toEqual([]);
    },
  );
});
