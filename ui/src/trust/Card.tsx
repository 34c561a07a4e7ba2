import { type ReactNode, useId } from "react";
import classes from "./trust.module.css";

interface Props {
  title: string;
  actions?: ReactNode;
  /** the content goes to the edges, as tables do */
  flush?: boolean;
  children: ReactNode;
}

export function Card({ title, actions, flush = false, children }: Props) {
  const id = useId();
  return (
    <section className={classes.card} aria-labelledby={id}>
      <div className={classes.cardHead}>
        <h2 id={id}>{title}</h2>
        {actions && <div className={classes.buttons}>{actions}</div>}
      </div>
      {flush ? children : <div className={classes.cardBody}>{children}</div>}
    </section>
  );
}
