import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import type { ActionForm, Offer, Value } from "../api/types";
import { sentence } from "../format/words";
import { type Entry, startEntry, values } from "./entry";

const pause = 250;

interface Answer {
  computed: Map<string, Value>;
  next: string;
  recordId: string | undefined;
  errors: Record<string, string>;
}

export interface Preview extends Answer {
  busy: boolean;
}

/** What the server would compute from what is typed now; asked after a short pause, never written. */
export function usePreview(form: ActionForm, offer: Offer, entry: Entry, sound: boolean): Preview {
  const [answer, setAnswer] = useState<Answer>(() => ({
    computed: new Map(),
    next: form.record.next,
    recordId: undefined,
    errors: {},
  }));
  const [busy, setBusy] = useState(false);
  // The form came with what the defaults compute to; a draft that was kept is something else and must be asked for.
  const asked = useRef(JSON.stringify(values(form.inputs, startEntry(form.inputs))));
  const wanted = sound ? JSON.stringify(values(form.inputs, entry)) : "";

  useEffect(() => {
    if (wanted === "" || wanted === asked.current) return;
    const stop = new AbortController();
    setBusy(true);
    const ask = async () => {
      try {
        const preview = await api.preview(offer.action, offer.ticket, JSON.parse(wanted), stop.signal);
        asked.current = wanted;
        setAnswer({
          computed: new Map(preview.computed.map((one) => [one.name, one.value])),
          next: preview.next,
          recordId: preview.recordId,
          errors: Object.fromEntries(preview.errors.map((one) => [one.field, sentence(one.message)])),
        });
      } catch {
        // A preview is a courtesy: whatever is wrong is said in full when the form is submitted. But the values of
        // another entry must not stand beside this one.
        if (stop.signal.aborted) return;
        asked.current = "";
        setAnswer((now) => ({ ...now, computed: new Map(form.computed.map((one) => [one.name, null])) }));
      }
      if (!stop.signal.aborted) setBusy(false);
    };
    const timer = setTimeout(ask, pause);
    return () => {
      clearTimeout(timer);
      stop.abort();
      setBusy(false);
    };
  }, [wanted, offer, form.computed]);

  return { ...answer, busy };
}
