import type { Problem, ProblemCode } from "./problem";

/** What the screen offers as the one next step of a problem. */
export type Step =
  | "retry"
  | "refresh_row"
  | "use_new_values"
  | "sign_in"
  | "fix_inputs"
  | "reload"
  | "wait"
  | "none";

export interface Advice {
  /** what happened */
  title: string;
  /** what it means, and who can mend it */
  text: string;
  step: Step;
  stepLabel: string;
  /** amber for what the user can mend, red for what is broken or refused */
  tone: "attention" | "failure";
}

const nothingWritten = "Nothing was written.";
const retrySafe = "Trying again is safe: this offer can be written once only, however often it is sent.";

function advice(title: string, text: string, step: Step, stepLabel: string, tone: Advice["tone"]): Advice {
  return { title, text, step, stepLabel, tone };
}

const table: Record<ProblemCode, Advice> = {
  bad_request: advice(
    "The server did not understand this request",
    "This page may be older than the server. Reload it and try again.",
    "reload",
    "Reload the page",
    "failure",
  ),
  ticket_malformed: advice(
    "This row’s offer arrived damaged",
    `Part of the ticket is missing. ${nothingWritten} Refresh the row to get a whole one.`,
    "refresh_row",
    "Refresh the row",
    "failure",
  ),
  ticket_forged: advice(
    "This offer was not sealed by this server",
    `Its seal does not match its values. ${nothingWritten} The attempt is on the audit log. Refresh the row to get a genuine offer.`,
    "refresh_row",
    "Refresh the row",
    "failure",
  ),
  unauthenticated: advice(
    "You are signed out",
    "Your session has ended. Sign in again; what you typed is kept in this tab.",
    "sign_in",
    "Sign in",
    "attention",
  ),
  bad_credentials: advice(
    "Name or password is not right",
    "Check both and try again. An administrator can make you a one-time sign-in link.",
    "fix_inputs",
    "",
    "attention",
  ),
  denied: advice(
    "You may not do this",
    "Your account has no right to it. An administrator of this instance, or the author of the project, can give it.",
    "none",
    "",
    "failure",
  ),
  ticket_foreign: advice(
    "This offer was made for someone else",
    `An offer works only for the person whose screen it was made for. ${nothingWritten} Refresh the row to get your own.`,
    "refresh_row",
    "Refresh the row",
    "failure",
  ),
  not_found: advice(
    "This is not here",
    "It may have been removed or renamed, or it is not shared with you.",
    "none",
    "",
    "attention",
  ),
  row_changed: advice(
    "The row changed since you opened it",
    `${nothingWritten} Compare the values below, then go on with the new ones. What you typed stays.`,
    "use_new_values",
    "Use the new values",
    "attention",
  ),
  row_gone: advice(
    "The row is no longer there",
    `Someone removed it, or it left the rows you may see. ${nothingWritten}`,
    "refresh_row",
    "Refresh the table",
    "attention",
  ),
  status_conflict: advice(
    "The record has moved on",
    `Its status no longer allows this step. ${nothingWritten} Refresh the row to see where it stands.`,
    "refresh_row",
    "Refresh the row",
    "attention",
  ),
  action_changed: advice(
    "This action was changed by its author",
    `The form you see is of an older version. ${nothingWritten} Refresh the row to get the new form; what you typed stays where it still fits.`,
    "refresh_row",
    "Refresh the row",
    "attention",
  ),
  ticket_expired: advice(
    "This offer has expired",
    `Offers hold for a limited time, so that no old price is ever written. ${nothingWritten} Refresh the row to get a new one; what you typed stays.`,
    "refresh_row",
    "Refresh the row",
    "attention",
  ),
  ticket_key_retired: advice(
    "The key that sealed this offer is no longer accepted",
    `An administrator retired it. ${nothingWritten} Refresh the row to get an offer under the present key; what you typed stays.`,
    "refresh_row",
    "Refresh the row",
    "attention",
  ),
  link_used: advice(
    "This link does not work any more",
    "A link works once and for a short time. Ask an administrator for a new one, or sign in with your password.",
    "none",
    "",
    "attention",
  ),
  too_large: advice(
    "This is more than the server takes",
    `${nothingWritten} Shorten the longest text and try again.`,
    "fix_inputs",
    "",
    "attention",
  ),
  invalid_input: advice(
    "Something you entered breaks a rule",
    `${nothingWritten} The fields below say what they want.`,
    "fix_inputs",
    "",
    "attention",
  ),
  computed_empty: advice(
    "A value could not be computed",
    `The database has nothing to compute it from for this row. ${nothingWritten} Tell the author of this dashboard; once the missing data is there, try again.`,
    "retry",
    "Try again",
    "attention",
  ),
  row_limit: advice(
    "Too many rows for one answer",
    "Narrow the filters. Rows are never left out silently.",
    "none",
    "",
    "attention",
  ),
  rate_limited: advice("Too many tries", "Wait a moment, then try again.", "wait", "Try again", "attention"),
  internal: advice(
    "The server failed",
    "This is a fault of the server, not of what you did. Try again; if it stays, give the request id to an administrator.",
    "retry",
    "Try again",
    "failure",
  ),
  target_schema: advice(
    "The database table does not fit this action",
    `A table or column that it needs is missing or has another type. ${nothingWritten} The author of the project, or whoever runs the database, can mend it.`,
    "retry",
    "Try again",
    "failure",
  ),
  target_unavailable: advice(
    "The database cannot be reached",
    `What you typed is kept. ${retrySafe}`,
    "retry",
    "Try again",
    "failure",
  ),
  target_read_only: advice(
    "The database takes no writes now",
    `It is in read-only mode. ${nothingWritten} What you typed is kept. ${retrySafe}`,
    "retry",
    "Try again",
    "failure",
  ),
  log_unavailable: advice(
    "The audit log cannot be written",
    `Nothing happens here without a record, so this was refused. ${nothingWritten} What you typed is kept. ${retrySafe}`,
    "retry",
    "Try again",
    "failure",
  ),
  target_full: advice(
    "The database is out of space",
    `${nothingWritten} What you typed is kept. Whoever runs the database must make room. ${retrySafe}`,
    "retry",
    "Try again",
    "failure",
  ),
  screen: advice(
    "This part of the page failed",
    "This is a fault of the page, not of what you did. Reload it; if it stays, tell an administrator what you did before.",
    "reload",
    "Reload the page",
    "failure",
  ),
  offline: advice(
    "No connection to the server",
    `What you typed is kept. ${retrySafe}`,
    "retry",
    "Try again",
    "attention",
  ),
  timeout: advice(
    "The server took too long to answer",
    `What you typed is kept. ${retrySafe}`,
    "retry",
    "Try again",
    "attention",
  ),
};

/** Texts that speak of a write are wrong for a page that only reads. */
const reading: Partial<Record<ProblemCode, string>> = {
  offline: "This page tries again by itself as soon as the server answers.",
  timeout: "The database may be busy. Try again, or narrow the filters.",
  target_unavailable: "Its rows cannot be shown until it answers again.",
  target_schema:
    "A table or column that it needs is missing or has another type. The author of the project, or whoever runs the database, can mend it.",
  log_unavailable: "Nothing is shown here without a record, so this was refused.",
  invalid_input: "A value does not fit its field.",
};

const unsure = "Whether it was done is not known: look again before you repeat it.";

/** Texts that speak of rows and offers are wrong for keys, users and policies. */
const managing: Partial<Record<ProblemCode, Partial<Advice>>> = {
  status_conflict: {
    title: "This is not possible as it stands now",
    text: "Nothing was changed. It is in another state than this needs.",
    step: "none",
  },
  invalid_input: { title: "This is not accepted", text: "Nothing was changed." },
  denied: {
    text: "No policy of yours allows it. An administrator of this instance, or whoever may change your policies, can give it.",
  },
  too_large: { text: "Nothing was changed. Shorten the longest text and try again." },
  log_unavailable: { text: "Nothing happens here without a record, so this was refused." },
  offline: { text: unsure },
  timeout: { text: unsure },
};

/** What was under way: a write-back (a form), reading (a page or a visual), or looking after keys and people. */
export type Doing = "writing" | "reading" | "managing";

/** The words for a problem, by what was under way when it was met. */
export function adviceFor(problem: Problem, doing: Doing = "writing"): Advice {
  const known = {
    ...(table[problem.code] ?? table.internal),
    ...(doing === "managing" ? managing[problem.code] : {}),
  };
  const text = doing === "reading" ? (reading[problem.code] ?? known.text) : known.text;
  if (problem.code === "rate_limited" && problem.retryAfter > 0) {
    return { ...known, text: `Wait ${seconds(problem.retryAfter)}, then try again.` };
  }
  return { ...known, text };
}

function seconds(count: number): string {
  if (count < 120) return `${Math.ceil(count)} seconds`;
  return `${Math.ceil(count / 60)} minutes`;
}

/** After these a second try may succeed by itself, with the same ticket. */
export function isPassing(problem: Problem): boolean {
  return ["offline", "timeout", "target_unavailable"].includes(problem.code);
}
