import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import type { ActionForm, Offer, Value } from "../api/types";
import { sentence } from "../format/words";
import { type Entry, values } from "./entry";

const pause = 250;

interface Shown {
  computed: Record<string, Value | undefined>;
  next: string;
  recordId: string | undefined;
  errors: Record<string, string>;
}

/** What the server would compute from what is typed now; asked after a short pause, never written. */
export function usePreview(
  form: ActionForm,
  offer: Offer,
  entry: Entry,
  sound: boolean,
): Shown & { busy: boolean } {
  const [shown, setShown] = useState<Shown>({
    computed: {},
    next: form.record.next,
    recordId: undefined,
    errors: {},
  });
  const [busy, setBusy] = useState(false);
  const asked = useRef(JSON.stringify(values(form.inputs, entry)));
  const wanted = sound ? JSON.stringify(values(form.inputs, entry)) : "";

  useEffect(() => {
    if (wanted === "" || wanted === asked.current) return;
    const stop = new AbortController();
    setBusy(true);
    const ask = async () => {
      try {
        const answer = await api.preview(offer.action, offer.ticket, JSON.parse(wanted), stop.signal);
        asked.current = wanted;
        setShown({
          computed: Object.fromEntries(answer.computed.map((one) => [one.name, one.value])),
          next: answer.next,
          recordId: answer.recordId,
          errors: Object.fromEntries(answer.errors.map((one) => [one.field, sentence(one.message)])),
        });
      } catch {
        // A preview is a courtesy: whatever is wrong is said in full when the form is submitted.
      }
      if (!stop.signal.aborted) setBusy(false);
    };
    const timer = setTimeout(ask, pause);
    return () => {
      clearTimeout(timer);
      stop.abort();
      setBusy(false);
    };
  }, [wanted, offer]);

  return { ...shown, busy };
}
