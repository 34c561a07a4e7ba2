import { describe, expect, it } from "vitest";
import { adviceFor, isPassing } from "./advice";
import { asProblem, Problem, type ProblemCode } from "./problem";

/** The codes of the API, as its contract lists them. */
const codes: ProblemCode[] = [
  "bad_request",
  "ticket_malformed",
  "ticket_forged",
  "unauthenticated",
  "bad_credentials",
  "denied",
  "ticket_foreign",
  "not_found",
  "row_changed",
  "row_gone",
  "status_conflict",
  "action_changed",
  "ticket_expired",
  "ticket_key_retired",
  "link_used",
  "too_large",
  "invalid_input",
  "computed_empty",
  "row_limit",
  "rate_limited",
  "internal",
  "target_schema",
  "target_unavailable",
  "target_read_only",
  "log_unavailable",
  "target_full",
  "offline",
  "timeout",
  "screen",
];

describe("advice", () => {
  it("has its own words for every code", () => {
    const titles = codes.map((code) => adviceFor(new Problem({ code })).title);
    expect(new Set(titles).size).toBe(codes.length);
    for (const code of codes) expect(adviceFor(new Problem({ code })).text.length).toBeGreaterThan(20);
  });

  it("offers a button exactly where a button helps", () => {
    const quiet = new Set(["none", "fix_inputs"]);
    for (const code of codes) {
      const { step, stepLabel } = adviceFor(new Problem({ code }));
      expect(stepLabel === "", code).toBe(quiet.has(step));
    }
  });

  it("renews a ticket that cannot be used any more, and keeps one that can", () => {
    for (const code of ["ticket_expired", "ticket_foreign", "ticket_key_retired", "action_changed"])
      expect(adviceFor(new Problem({ code })).step).toBe("refresh_row");
    expect(adviceFor(new Problem({ code: "row_changed" })).step).toBe("use_new_values");
    for (const code of [
      "target_unavailable",
      "target_read_only",
      "target_full",
      "log_unavailable",
      "offline",
    ]) {
      expect(adviceFor(new Problem({ code })).step).toBe("retry");
      expect(adviceFor(new Problem({ code })).text).toContain("once only");
    }
  });

  it("speaks of writing only where something is written", () => {
    for (const code of [
      "offline",
      "timeout",
      "target_unavailable",
      "target_schema",
      "log_unavailable",
      "invalid_input",
    ])
      expect(adviceFor(new Problem({ code }), "reading").text).not.toMatch(/typed|written/);
  });

  it("says how long to wait", () => {
    expect(adviceFor(new Problem({ code: "rate_limited", retryAfter: 30 })).text).toContain("30 seconds");
    expect(adviceFor(new Problem({ code: "rate_limited", retryAfter: 600 })).text).toContain("10 minutes");
  });

  it("has words for a code it does not know", () => {
    expect(adviceFor(new Problem({ code: "brand_new", status: 500 })).title).toBe("The server failed");
  });
});

describe("problems", () => {
  it("reads a meaning from a bare status", () => {
    expect(new Problem({ status: 502 }).code).toBe("offline");
    expect(new Problem({ status: 401 }).code).toBe("unauthenticated");
    expect(new Problem({ status: 500 }).code).toBe("internal");
    expect(new Problem({ status: 418 }).code).toBe("bad_request");
  });

  it("repeats by itself only what may pass by itself", () => {
    expect(codes.filter((code) => isPassing(new Problem({ code })))).toEqual([
      "target_unavailable",
      "offline",
      "timeout",
    ]);
  });

  it("makes a problem of any error", () => {
    expect(asProblem(new TypeError("x is undefined")).code).toBe("screen");
    expect(asProblem("boom").detail).toBe("Boom.");
  });
});
