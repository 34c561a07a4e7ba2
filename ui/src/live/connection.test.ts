import { describe, expect, it } from "vitest";
import { backOff, LiveConnection, type LiveHandlers, type Stream } from "./connection";

class FakeStream implements Stream {
  closed = false;
  private readonly listeners = new Map<string, (event: { data?: string }) => void>();
  addEventListener(type: string, listener: (event: { data?: string }) => void) {
    this.listeners.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  say(type: string, data = "{}") {
    this.listeners.get(type)?.({ data });
  }
}

function setUp() {
  const streams: FakeStream[] = [];
  const heard: string[] = [];
  let pending: { run: () => void; wait: number } | undefined;
  const handlers: LiveHandlers = {
    state: (state) => heard.push(state),
    change: (change) => heard.push(`change ${change.datasets.join()}`),
    project: (version) => heard.push(`project ${version}`),
    catchUp: () => heard.push("catch up"),
    signOut: () => heard.push("sign out"),
    refused: () => heard.push("refused"),
  };
  const connection = new LiveConnection(
    () => {
      const stream = new FakeStream();
      streams.push(stream);
      return stream;
    },
    handlers,
    {
      set: (run, wait) => {
        pending = { run, wait };
        return pending;
      },
      clear: (timer) => {
        if (timer === pending) pending = undefined;
      },
    },
    () => 1,
  );
  const last = () => {
    const stream = streams.at(-1);
    if (!stream) throw new Error("no stream was opened");
    return stream;
  };
  return { connection, streams, heard, last, pending: () => pending };
}

describe("LiveConnection", () => {
  it("is live after the greeting and passes changes on", () => {
    const { connection, heard, last } = setUp();
    connection.start();
    last().say("hello");
    last().say("change", '{"datasets":["quotes"]}');
    last().say("change", "not json");
    last().say("project", '{"version":"2"}');
    expect(heard).toEqual(["connecting", "live", "change quotes", "project 2"]);
  });

  it("backs off, comes back, and catches up", () => {
    const { connection, heard, last, streams, pending } = setUp();
    connection.start();
    last().say("hello");
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      last().say("error");
      waits.push(pending()?.wait ?? 0);
      pending()?.run();
    }
    expect(waits).toEqual([1000, 2000, 4000]);
    expect(streams.slice(0, -1).every((stream) => stream.closed)).toBe(true);
    heard.length = 0;
    last().say("hello");
    expect(heard).toEqual(["live", "catch up"]);
    last().say("error");
    expect(pending()?.wait).toBe(1000);
  });

  it("catches up also when the very first try failed", () => {
    const { connection, heard, last, pending } = setUp();
    connection.start();
    last().say("error");
    pending()?.run();
    last().say("hello");
    expect(heard).toEqual(["connecting", "offline", "refused", "live", "catch up"]);
  });

  it("catches up when the server says that events were left out", () => {
    const { connection, heard, last } = setUp();
    connection.start();
    last().say("hello");
    last().say("resync");
    expect(heard).toEqual(["connecting", "live", "catch up"]);
  });

  it("gives up on a connection that never greets", () => {
    const { connection, heard, streams, pending } = setUp();
    connection.start();
    pending()?.run();
    expect(heard).toEqual(["connecting", "offline", "refused"]);
    expect(streams[0]?.closed).toBe(true);
    pending()?.run();
    expect(streams).toHaveLength(2);
  });

  it("does not sit out the wait when the network is back", () => {
    const { connection, streams, last } = setUp();
    connection.start();
    last().say("error");
    connection.hurry();
    expect(streams).toHaveLength(2);
    connection.hurry();
    expect(streams).toHaveLength(2);
  });

  it("stops at a sign-out and hears nothing more", () => {
    const { connection, heard, last, pending } = setUp();
    connection.start();
    const stream = last();
    stream.say("hello");
    stream.say("signout");
    stream.say("change", '{"datasets":["quotes"]}');
    stream.say("error");
    expect(heard).toEqual(["connecting", "live", "sign out"]);
    expect(stream.closed).toBe(true);
    expect(pending()).toBeUndefined();
  });

  it("never waits longer than half a minute, and never less than half of its step", () => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect(backOff(attempt, 1)).toBeLessThanOrEqual(30_000);
      expect(backOff(attempt, 0)).toBeGreaterThanOrEqual(500);
    }
  });
});
