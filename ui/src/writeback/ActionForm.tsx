import { Button } from "@mantine/core";
import { IconArrowRight, IconCalculator } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
import { isPassing } from "../api/advice";
import { api } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { noticeSignOut } from "../api/queries";
import type { ActionForm as Form, Offer, Submission } from "../api/types";
import { Seal } from "../frame/Mark";
import { PanelFoot, PanelScroll } from "../frame/SidePanel";
import { ActionProblem, type Refresh, RenewalNews } from "./ActionProblem";
import classes from "./action.module.css";
import { Expiry } from "./Expiry";
import { checkEntry, drafts, type Entry, startEntry, values } from "./entry";
import { InputField } from "./InputField";
import { type Preview, usePreview } from "./usePreview";
import { ValueList } from "./ValueList";

interface Props {
  form: Form;
  offer: Offer;
  /** where what is typed is kept */
  place: string;
  refresh: Refresh;
  onWritten: (submission: Submission) => void;
  onClose: () => void;
}

export function ActionForm({ form, offer, place, refresh, onWritten, onClose }: Props) {
  const [entry, setEntry] = useState<Entry>(() => startEntry(form.inputs, drafts.find(place)));
  const [touched, setTouched] = useState<Set<string>>(new Set());
  const [tried, setTried] = useState(false);
  const [expired, setExpired] = useState(false);
  const body = useRef<HTMLFormElement>(null);
  const faults = checkEntry(form.inputs, entry);
  const submit = useSubmission(form, offer, entry, (submission) => {
    drafts.drop(place);
    onWritten(submission);
  });
  // What is being written is not asked about any more: the answer would come too late, and be another one.
  const preview = usePreview(form, offer, entry, Object.keys(faults).length === 0 && !submit.isPending);
  const problem = submit.error ? asProblem(submit.error) : undefined;
  useFocus(body, problem);

  const change = (name: string, text: string) => {
    const next = { ...entry, [name]: text };
    setEntry(next);
    drafts.keep(place, next);
    if (problem?.code === "invalid_input") submit.reset();
  };
  const press = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faults).length > 0) focusFirstFault(body.current);
    else if (!submit.isPending && !expired) submit.mutate();
  };
  const faultOf = (name: string) => {
    const answered = problem?.errors.find((one) => one.field === name)?.message;
    const seen = tried || touched.has(name);
    return (seen ? faults[name] : undefined) ?? answered ?? (seen ? preview.errors[name] : undefined);
  };
  const saidUnderFields = problem?.code === "invalid_input" && knowsAll(problem.errors, form);

  return (
    <form ref={body} className={classes.form} onSubmit={press} noValidate aria-label={form.action.title}>
      <PanelScroll className={classes.stack}>
        {form.action.description && <p className={classes.lead}>{form.action.description}</p>}
        <Outcome form={form} next={preview.next} recordId={preview.recordId} />
        <Signed form={form} />
        {form.inputs.length > 0 && (
          <section aria-label="You enter" className={classes.section}>
            <h3>You enter</h3>
            <div className={classes.inputs}>
              {form.inputs.map((input, index) => (
                <InputField
                  key={input.name}
                  input={input}
                  text={entry[input.name] ?? ""}
                  fault={faultOf(input.name)}
                  autoFocus={index === 0}
                  onText={(text) => change(input.name, text)}
                  onLeave={() => setTouched((now) => new Set(now).add(input.name))}
                  onSubmit={() => body.current?.requestSubmit()}
                />
              ))}
            </div>
          </section>
        )}
        {problem && !saidUnderFields && (
          <ActionProblem
            problem={problem}
            refresh={refresh}
            onRetry={() => submit.mutate()}
            busy={submit.isPending}
            onClose={onClose}
            signed={form.signed}
          />
        )}
        {!problem && <RenewalNews refresh={refresh} onClose={onClose} />}
      </PanelScroll>
      <PanelFoot>
        <Computed form={form} preview={preview} />
        <div className={classes.buttons}>
          <Expiry
            at={form.expiresAt}
            expired={expired}
            onExpired={() => setExpired(true)}
            onRenew={() => refresh.onRenew()}
            busy={refresh.busy}
          />
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            color={form.action.tone === "danger" ? "red" : undefined}
            loading={submit.isPending}
            disabled={expired}
            data-autofocus={form.inputs.length === 0 || undefined}
          >
            {form.action.submitLabel || form.action.title}
          </Button>
        </div>
      </PanelFoot>
    </form>
  );
}

function useSubmission(form: Form, offer: Offer, entry: Entry, onWritten: (submission: Submission) => void) {
  return useMutation({
    mutationFn: () => api.submit(offer.action, offer.ticket, values(form.inputs, entry)),
    onSuccess: onWritten,
    onError: noticeSignOut,
    // A ticket writes once: after a lost connection the same request may go again without asking.
    retry: (count, error) => count < 2 && isPassing(asProblem(error)),
    retryDelay: (count) => 600 * 2 ** count,
  });
}

/** The keys go where the next thing is to be typed. */
function useFocus(form: RefObject<HTMLFormElement | null>, problem: Problem | undefined) {
  // The form comes after the panel has opened: only now there is a field to type into.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
  }, [form]);
  useEffect(() => {
    if (problem?.code === "invalid_input") focusFirstFault(form.current);
  }, [form, problem]);
}

function Signed({ form }: { form: Form }) {
  if (form.signed.length === 0) return null;
  return (
    <section aria-label="From the row" className={classes.section}>
      <h3>
        <Seal /> From the row
        <span className={classes.hint}>sealed by the server, cannot be changed here</span>
      </h3>
      <ValueList values={form.signed} />
    </section>
  );
}

function Computed({ form, preview }: { form: Form; preview: Preview }) {
  if (form.computed.length === 0) return null;
  const computed = form.computed.map((one) => {
    const now = preview.computed.get(one.name);
    return now === undefined ? one : { ...one, value: now };
  });
  return (
    <section aria-label="Computed by the server" className={classes.section}>
      <h3>
        <IconCalculator size={15} aria-hidden /> Computed by the server
        <span className={classes.hint}>{preview.busy ? "computing" : "at the moment of writing"}</span>
      </h3>
      <div
        aria-live="polite"
        aria-atomic="true"
        data-busy={preview.busy || undefined}
        className={classes.computed}
      >
        <ValueList values={computed} strong />
      </div>
    </section>
  );
}

/** Whether every fault the server named stands under a field of this form. */
function knowsAll(errors: { field: string }[], form: Form): boolean {
  return (
    errors.length > 0 && errors.every((error) => form.inputs.some((input) => input.name === error.field))
  );
}

function focusFirstFault(form: HTMLFormElement | null) {
  // The faults are drawn after this event: look for the first one then.
  requestAnimationFrame(() =>
    form?.querySelector<HTMLElement>("[aria-invalid=true], [data-error=true]")?.focus(),
  );
}

/** What a submit will make of the record, before it is done. */
function Outcome({ form, next, recordId }: { form: Form; next: string; recordId: string | undefined }) {
  const { record } = form;
  const id = recordId ?? record.id;
  return (
    <div className={classes.outcome} role="status">
      <span className={classes.hint}>
        {record.transition ? "The record will move" : "Will be written as"}
      </span>
      <span className={classes.outcomeLine}>
        {record.transition && record.status && (
          <>
            <span>{record.status}</span>
            <IconArrowRight size={14} aria-label="to" />
          </>
        )}
        <strong>{next || record.next}</strong>
        <span className={classes.hint}>
          {id ? (record.transition ? id : `same record ${id}`) : "a new record"}
        </span>
      </span>
    </div>
  );
}
