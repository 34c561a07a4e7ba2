import type { ChangeEvent } from "../api/types";

export type LiveState = "connecting" | "live" | "offline";

/** The part of EventSource that the connection needs; tests give their own. */
export interface Stream {
  addEventListener(type: string, listener: (event: { data?: string }) => void): void;
  close(): void;
}

export interface LiveHandlers {
  state(state: LiveState): void;
  change(change: ChangeEvent): void;
  project(version: string): void;
  /** the stream is back after a gap, or could not keep up: whatever happened meanwhile must be fetched */
  catchUp(): void;
  signOut(): void;
  /** the stream could not be opened: the session may be gone */
  refused(): void;
}

interface Timers {
  set(run: () => void, milliseconds: number): unknown;
  clear(timer: unknown): void;
}

const longestWait = 30_000;
const greetingWait = 10_000;

/** How long to wait before try number n: doubling, with jitter so that a thousand tabs do not come back at once. */
export function backOff(attempt: number, random: number): number {
  const full = Math.min(longestWait, 1000 * 2 ** attempt);
  return Math.round(full / 2 + (full / 2) * random);
}

/**
 * One event stream that is always either live or trying again. EventSource gives up for good on an HTTP error and
 * never backs off, so each stream is closed at its first fault and opened anew here.
 */
export class LiveConnection {
  private stream: Stream | undefined;
  private timer: unknown;
  private attempt = 0;
  private wasLive = false;
  private stopped = true;

  constructor(
    private readonly open: () => Stream,
    private readonly handlers: LiveHandlers,
    private readonly timers: Timers,
    private readonly random: () => number = Math.random,
  ) {}

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    this.handlers.state("connecting");
    this.connect();
  }

  stop() {
    this.stopped = true;
    this.close();
  }

  /** The browser says that the network is back: do not sit out the wait. */
  hurry() {
    if (this.stopped || this.stream) return;
    this.timers.clear(this.timer);
    this.connect();
  }

  private close() {
    this.timers.clear(this.timer);
    this.stream?.close();
    this.stream = undefined;
  }

  private connect() {
    const stream = this.open();
    this.stream = stream;
    const current = (run: (data: string) => void) => (event: { data?: string }) => {
      if (this.stream === stream && !this.stopped) run(event.data ?? "");
    };
    // A proxy may take the connection and never let an answer through.
    this.timer = this.timers.set(() => this.failed(), greetingWait);
    stream.addEventListener(
      "hello",
      current(() => this.greeted()),
    );
    stream.addEventListener(
      "resync",
      current(() => this.handlers.catchUp()),
    );
    stream.addEventListener(
      "change",
      current((data) => {
        const change = parse<ChangeEvent>(data);
        if (change) this.handlers.change(change);
      }),
    );
    stream.addEventListener(
      "project",
      current((data) => this.handlers.project(parse<{ version: string }>(data)?.version ?? "")),
    );
    stream.addEventListener(
      "signout",
      current(() => {
        this.stop();
        this.handlers.signOut();
      }),
    );
    stream.addEventListener(
      "error",
      current(() => this.failed()),
    );
  }

  private greeted() {
    this.timers.clear(this.timer);
    const back = this.wasLive || this.attempt > 0;
    this.wasLive = true;
    this.attempt = 0;
    this.handlers.state("live");
    if (back) this.handlers.catchUp();
  }

  private failed() {
    this.close();
    this.handlers.state("offline");
    this.handlers.refused();
    this.timer = this.timers.set(() => this.connect(), backOff(this.attempt, this.random()));
    this.attempt += 1;
  }
}

/** An event that cannot be read is dropped: the next catch-up brings its rows. */
function parse<T>(data: string): T | undefined {
  try {
    return JSON.parse(data) as T;
  } catch {
    return undefined;
  }
}
