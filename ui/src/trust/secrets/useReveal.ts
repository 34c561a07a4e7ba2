import { useCallback, useEffect, useRef, useState } from "react";
import { asProblem, type Problem } from "../../api/problem";
import { noticeSignOut } from "../../api/queries";
import type { Revealed } from "../../api/types";
import { vault } from "./api";

/** How long a value stays on the screen. */
export const shownFor = 30_000;

/**
 * A value on the screen, for a while. It lives in this component's memory only: no query and no mutation holds it, and
 * it goes when the time is over, when the tab is left or hidden, and with the component.
 */
export function useReveal(name: string) {
  const [shown, setShown] = useState<{ value: Revealed; until: number }>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const under = useRef<AbortController>(undefined);

  const hide = useCallback(() => {
    under.current?.abort();
    setShown(undefined);
    setBusy(false);
  }, []);

  const reveal = useCallback(
    async (version?: string) => {
      under.current?.abort();
      const mine = new AbortController();
      under.current = mine;
      setBusy(true);
      setProblem(undefined);
      setShown(undefined);
      try {
        const value = await vault.reveal(name, version, mine.signal);
        if (!mine.signal.aborted) setShown({ value, until: Date.now() + shownFor });
      } catch (error) {
        if (mine.signal.aborted) return;
        noticeSignOut(error);
        setProblem(asProblem(error));
      } finally {
        if (under.current === mine) setBusy(false);
      }
    },
    [name],
  );

  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(hide, Math.max(0, shown.until - Date.now()));
    return () => clearTimeout(timer);
  }, [shown, hide]);

  useEffect(() => {
    const left = () => {
      if (document.visibilityState === "hidden") hide();
    };
    document.addEventListener("visibilitychange", left);
    window.addEventListener("pagehide", hide);
    return () => {
      document.removeEventListener("visibilitychange", left);
      window.removeEventListener("pagehide", hide);
      under.current?.abort();
    };
  }, [hide]);

  return { shown, busy, problem, reveal, hide };
}
