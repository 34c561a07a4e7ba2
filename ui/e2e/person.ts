import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Page,
  Request,
  Response,
} from "playwright-core";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { keepSecret, linkFor, type Place, secretIn, stage } from "./stage";

let browser: Browser | undefined;

/** Every test file has one browser, which ends with it. */
export function withBrowser() {
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    browser = undefined;
  });
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: stage.chromium,
    ignoreDefaultArgs: ["--hide-scrollbars"],
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

export interface Look
  extends Pick<
    BrowserContextOptions,
    "viewport" | "colorScheme" | "hasTouch" | "isMobile" | "deviceScaleFactor"
  > {}

const desk: Look = { viewport: { width: 1440, height: 900 }, colorScheme: "light" };

function sessionFile(place: Place, name: string): string {
  return join(dirname(stage.told), `session-${place.name}-${name}.json`);
}

/** Somebody at a browser of their own, who notices everything that goes wrong in it. */
export class Person {
  readonly faults: string[] = [];
  readonly sent: { method: string; path: string }[] = [];
  private readonly excused: RegExp[] = [];

  private constructor(
    readonly name: string,
    readonly place: Place,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  /** A browser with an empty profile, signed in to nothing. */
  static async stranger(place: Place, look: Look = {}, name = "stranger"): Promise<Person> {
    if (!browser) throw new Error("call withBrowser() at the top of the file");
    const context = await browser.newContext({
      ...desk,
      ...look,
      baseURL: place.base,
      locale: "en-US",
      timezoneId: "UTC",
    });
    context.setDefaultTimeout(12_000);
    const page = await context.newPage();
    const person = new Person(name, place, context, page);
    person.watch();
    onTestFinished(({ task }) => person.end(task.result?.state === "fail" ? task.name : ""));
    // Asking who is signed in is answered with 401 until somebody is.
    person.excuse(/status of 401 .*\/api\/v1\/session$/);
    return person;
  }

  /** Signed in, with the session of an earlier visit when there is one. */
  static async enter(place: Place, name: string, look: Look = {}): Promise<Person> {
    const file = sessionFile(place, name);
    if (!existsSync(file)) return Person.freshly(place, name, look);
    const person = await Person.stranger(place, look, name);
    await person.context.addCookies(JSON.parse(await readFile(file, "utf8")));
    return person;
  }

  /** Signed in by a link, with a session of their own. */
  static async freshly(place: Place, name: string, look: Look = {}, link = ""): Promise<Person> {
    const person = await Person.stranger(place, look, name);
    await person.signIn(link === "" ? await linkFor(place, name) : link);
    await person.remember();
    return person;
  }

  /** Later visits of this person have this session. */
  async remember() {
    await writeFile(sessionFile(this.place, this.name), JSON.stringify(await this.context.cookies()));
  }

  async signIn(link: string) {
    keepSecret(link.replace(/^.*#/, ""));
    await this.page.goto(link);
    await this.page.waitForURL("**/dashboards");
    for (const cookie of await this.context.cookies()) keepSecret(cookie.value);
  }

  /** Lets a message of the console pass, for a test that provokes it. */
  excuse(message: RegExp) {
    this.excused.push(message);
  }

  /** This session ends with the visit: the next one signs in anew. */
  async forget() {
    await rm(sessionFile(this.place, this.name), { force: true });
  }

  async open(path: string) {
    await this.page.goto(path);
    await this.page.getByRole("heading", { level: 1 }).waitFor();
  }

  /** Ends the visit: nothing may have gone wrong in the browser, and no secret may be in an address. */
  async leave() {
    await this.context.close();
    expect(this.faults).toEqual([]);
  }

  /** Whatever happened, the context ends with the test; a failed one leaves a picture. */
  private async end(failed: string) {
    if (failed !== "" && !this.page.isClosed()) {
      const file = `${failed} ${this.place.name} ${this.name}`.replace(/[^\w]+/g, "-");
      await this.page.screenshot({ path: `test-results/${file}.png` }).catch(() => {});
      if (this.faults.length > 0) console.log(file, this.faults);
    }
    await this.context.close();
  }

  private watch() {
    this.page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const text = `${message.text()} ${message.location().url}`;
      if (!this.excused.some((one) => one.test(text))) this.faults.push(`console: ${text}`);
    });
    this.page.on("pageerror", (error) => this.faults.push(`page: ${error.message}`));
    this.page.on("request", (request) => this.noticeRequest(request));
    this.page.on("response", (response) => this.noticeResponse(response));
    this.page.on("framenavigated", (frame) => this.noticeAddress(frame.url()));
  }

  private noticeRequest(request: Request) {
    const url = new URL(request.url());
    this.sent.push({ method: request.method(), path: url.pathname });
    // The fragment of a sign-in link never leaves the browser.
    this.noticeAddress(`${url.origin}${url.pathname}${url.search}`);
  }

  private noticeAddress(address: string) {
    if (/\/signin(\?.*)?#/.test(address)) return;
    const secret = secretIn(address);
    if (secret) this.faults.push(`an address holds the secret ${secret}: ${address}`);
  }

  private noticeResponse(response: Response) {
    if (!response.url().endsWith("/query")) return;
    response
      .json()
      .then((data: { offers?: string[][] }) => {
        // A row's own part is the secret one: all rows of the page have the head.
        for (const part of (data.offers ?? []).flat()) if (part !== "") keepSecret(part);
      })
      .catch(() => {}); // the page was left before the body came
  }
}
