import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asProblem, type Problem } from "../api/problem";
import { noticeSignOut } from "../api/queries";

interface Change<In, Out> {
  run: (input: In) => Promise<Out>;
  /** what is read anew afterwards, by the beginning of its query key */
  touches: unknown[][];
  said?: string | ((out: Out, input: In) => string);
  done?: (out: Out, input: In) => void;
}

/** One change of something on the server: afterwards the page shows how things stand, and says what was done. */
export function useChange<In = void, Out = unknown>({ run, touches, said, done }: Change<In, Out>) {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: run,
    gcTime: 0, // an answer may hold a secret: it stays no longer than the part of the page that shows it
    onError: noticeSignOut,
    onSuccess: async (out, input) => {
      await Promise.all(touches.map((queryKey) => client.invalidateQueries({ queryKey })));
      if (said) notifications.show({ message: typeof said === "string" ? said : said(out, input) });
      done?.(out, input);
    },
  });
  const problem: Problem | undefined = mutation.error ? asProblem(mutation.error) : undefined;
  return { go: mutation.mutate, busy: mutation.isPending, problem, reset: mutation.reset };
}
