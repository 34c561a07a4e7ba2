/**
 * A one-time token travels in the fragment, which no server or proxy ever sees. It is taken out of the address at once,
 * so that it is not in the history, not in a bookmark and not in a screenshot.
 */
let token = "";
const listeners = new Set<() => void>();

export function takeToken(location: Location, history: History) {
  const tokenPage = location.pathname === "/signin" || location.pathname === "/setup";
  if (!tokenPage || location.hash.length < 2) return;
  token = decodeURIComponent(location.hash.slice(1));
  history.replaceState(history.state, "", location.pathname + location.search);
  for (const listener of listeners) listener();
}

/** Gives the token out once. */
export function claimToken(): string {
  const taken = token;
  token = "";
  return taken;
}

export function onToken(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
