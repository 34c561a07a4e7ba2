import { useEffect, useId } from "react";
import type { Dashboard, Visual } from "../api/types";
import classes from "../dashboard/dashboard.module.css";
import type { Search } from "../dashboard/urlState";
import type { SetSearch } from "../dashboard/usePageSearch";
import { Boundary } from "../state/Boundary";
import { TableVisual } from "../table/TableVisual";
import { ChartVisual } from "./ChartVisual";
import { KpiVisual } from "./KpiVisual";

export interface VisualProps {
  dashboard: Dashboard;
  visual: Visual;
  height: number | undefined;
  search: Search;
  setSearch: SetSearch;
  onAsOf: (at: string) => void;
  /** the id of the card's heading, to name what is inside */
  titleId: string;
}

const kinds = { table: TableVisual, kpi: KpiVisual, bar: ChartVisual, line: ChartVisual };

export function VisualCard(props: Omit<VisualProps, "titleId">) {
  const { visual } = props;
  const titleId = useId();
  const Kind = kinds[visual.type];
  const width = Math.min(24, Math.max(1, visual.width || 24));
  return (
    <section
      className={classes.card}
      style={{ "--w": width } as React.CSSProperties}
      data-size={visual.type === "kpi" && width <= 8 ? "small" : undefined}
      aria-labelledby={titleId}
      data-visual={visual.id}
    >
      <Boundary>
        <Kind {...props} titleId={titleId} />
      </Boundary>
    </section>
  );
}

interface HeadProps {
  visual: Visual;
  titleId: string;
  children?: React.ReactNode;
}

export function CardHead({ visual, titleId, children }: HeadProps) {
  return (
    <header className={classes.cardHead}>
      <div className={classes.cardTitles}>
        <h2 id={titleId}>{visual.title}</h2>
        {visual.description && <p>{visual.description}</p>}
      </div>
      {children && <div className={classes.cardTools}>{children}</div>}
    </header>
  );
}

/** Tells the page as of when its data is. */
export function useAsOf(asOf: string | undefined, notice: (at: string) => void) {
  useEffect(() => {
    if (asOf) notice(asOf);
  }, [asOf, notice]);
}
