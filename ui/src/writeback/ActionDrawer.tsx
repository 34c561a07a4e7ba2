import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import type { Change, Offer, Submission, Visual } from "../api/types";
import { PanelScroll, SidePanel } from "../frame/SidePanel";
import { useLive } from "../live/Live";
import { refreshVisuals } from "../live/refresh";
import { ReceiptBody } from "../receipt/ReceiptBody";
import { Delayed, Lines } from "../state/Delayed";
import type { TableRow } from "../table/rows";
import { ActionForm } from "./ActionForm";
import { ActionProblem } from "./ActionProblem";

export interface Acting {
  row: TableRow;
  offer: Offer;
  /** where the drawer was opened: it stays there when the row gets a new offer, even with other values */
  place?: string;
}

interface Props {
  visual: Visual;
  acting: Acting | undefined;
  onActing: (acting: Acting) => void;
  renew: (row: TableRow, action: string, changes: Change[]) => Promise<Acting | undefined>;
  onClose: () => void;
}

/** The form of one action on one row: beside the table where there is room, over everything on a phone. */
export function ActionDrawer({ visual, acting, onActing, renew, onClose }: Props) {
  // The drawer slides out with what it showed; it must not go blank first.
  const [shown, setShown] = useState<Acting>();
  useEffect(() => {
    if (acting) setShown(acting);
  }, [acting]);
  const current = acting ?? shown;
  const action = visual.actions.find((one) => one.id === current?.offer.action);
  return (
    <SidePanel
      opened={acting !== undefined}
      onClose={onClose}
      onClosed={() => setShown(undefined)}
      title={action?.title ?? ""}
      width={500}
    >
      {current && (
        <Steps
          key={placeOf(current)}
          acting={current}
          visual={visual}
          onActing={onActing}
          renew={renew}
          onClose={onClose}
        />
      )}
    </SidePanel>
  );
}

/** The same for the same row and action, whatever ticket it has: typed text is kept under it. */
function placeOf({ row, offer, place }: Acting): string {
  return place ?? `${offer.action}|${row.key || row.id}`;
}

interface StepsProps extends Omit<Props, "acting"> {
  acting: Acting;
}

function Steps({ acting, visual, onActing, renew, onClose }: StepsProps) {
  const { offer } = acting;
  const [done, setDone] = useState<Submission>();
  const [renewal, setRenewal] = useState<{ busy: boolean; problem?: Problem; gone?: boolean }>({
    busy: false,
  });
  const place = placeOf(acting);
  const client = useQueryClient();
  const live = useLive();
  const form = useQuery({
    queryKey: ["form", offer.action, offer.ticket],
    queryFn: ({ signal }) => api.form(offer.action, offer.ticket, signal),
    enabled: done === undefined,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

  const renewOffer = async (changes: Change[] = []) => {
    setRenewal({ busy: true });
    try {
      const next = await renew(acting.row, offer.action, changes);
      setRenewal({ busy: false, gone: next === undefined });
      if (next) onActing({ ...next, place });
    } catch (error) {
      setRenewal({ busy: false, problem: asProblem(error) });
    }
  };

  const written = (submission: Submission) => {
    setDone(submission);
    // The stream tells every screen; without it this one at least must see its own write.
    refreshVisuals(client, live.state === "live" ? new Set([visual.dataset]) : undefined);
  };

  if (done) {
    return <ReceiptBody receipt={done.receipt} replayed={done.replayed} onDone={onClose} />;
  }
  const refresh = { onRenew: renewOffer, ...renewal };
  if (form.error && !form.data) {
    return (
      <PanelScroll>
        <ActionProblem
          problem={asProblem(form.error)}
          refresh={refresh}
          onRetry={() => form.refetch()}
          busy={form.isFetching}
          onClose={onClose}
          doing="reading"
        />
      </PanelScroll>
    );
  }
  if (!form.data) {
    return (
      <PanelScroll>
        <Delayed>
          <Lines count={7} height={20} gap={20} />
        </Delayed>
      </PanelScroll>
    );
  }
  return (
    <ActionForm
      key={offer.ticket}
      form={form.data}
      offer={offer}
      place={place}
      refresh={refresh}
      onWritten={written}
      onClose={onClose}
    />
  );
}
