import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import { base } from "../api/client";
import { meQuery, projectQuery } from "../api/queries";
import type { ChangeEvent, ProjectStatus } from "../api/types";
import { LiveConnection, type LiveState } from "./connection";
import { refreshVisuals } from "./refresh";

type Listener = (change: ChangeEvent) => void;

interface Live {
  state: LiveState;
  /** hears every change of any dataset, after the affected visuals were told to fetch */
  listen(listener: Listener): () => void;
}

const Context = createContext<Live>({ state: "connecting", listen: () => () => {} });

export function useLive(): Live {
  return useContext(Context);
}

/** One stream for the whole app: a change of a dataset makes its visuals stale, and those on the screen fetch at once. */
export function LiveProvider({ children, onSignOut }: { children: ReactNode; onSignOut: () => void }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const listeners = useRef(new Set<Listener>());
  const leave = useRef(onSignOut);
  leave.current = onSignOut;

  useEffect(() => {
    const connection = new LiveConnection(
      () => new EventSource(`${base}/events`),
      {
        state: setState,
        change: (change) => {
          const touched = new Set(change.datasets);
          refreshVisuals(client, touched);
          for (const listener of listeners.current) listener(change);
        },
        project: (version) => {
          const served = client.getQueryData<ProjectStatus>(projectQuery.queryKey)?.version;
          // The same version again: a change was refused, or mended. What the dashboards show is the same.
          if (version !== "" && version === served)
            client.invalidateQueries({ queryKey: projectQuery.queryKey });
          else client.invalidateQueries();
        },
        catchUp: () => {
          refreshVisuals(client);
          client.invalidateQueries({ predicate: ({ meta }) => meta?.reads !== undefined });
        },
        signOut: () => leave.current(),
        // Asking who is signed in tells a lost network from a lost session.
        refused: () =>
          client.fetchQuery({ ...meQuery, staleTime: 0, retry: false }).then(
            (me) => me === null && leave.current(),
            () => {},
          ),
      },
      {
        set: (run, wait) => window.setTimeout(run, wait),
        clear: (timer) => window.clearTimeout(timer as number),
      },
    );
    const hurry = () => connection.hurry();
    window.addEventListener("online", hurry);
    connection.start();
    return () => {
      window.removeEventListener("online", hurry);
      connection.stop();
    };
  }, [client]);

  const live = useMemo(
    () => ({
      state,
      listen: (listener: Listener) => {
        listeners.current.add(listener);
        return () => {
          listeners.current.delete(listener);
        };
      },
    }),
    [state],
  );
  return <Context.Provider value={live}>{children}</Context.Provider>;
}
