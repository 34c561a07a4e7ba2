import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useEffect } from "react";
import { Wordmark } from "../frame/Mark";
import classes from "./session.module.css";

/** The frame of the pages in front of the sign-in. */
export function Door({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Signet`;
  }, [title]);
  return (
    <div className={classes.page}>
      <main className={classes.box} id="content">
        <Wordmark size={26} />
        <Title order={1}>{title}</Title>
        {lead && <p className={classes.lead}>{lead}</p>}
        {children}
      </main>
      <footer className={classes.foot}>Every sign-in is recorded in the audit log.</footer>
    </div>
  );
}
