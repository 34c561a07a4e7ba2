import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import classes from "./sidePanel.module.css";

interface Props {
  opened: boolean;
  onClose: () => void;
  /** after it has slid out */
  onClosed?: () => void;
  title: string;
  width: number;
  children: ReactNode;
}

/** A panel beside the page where there is room, over everything on a phone. Esc leaves; the focus goes back. */
export function SidePanel({ opened, onClose, onClosed, title, width, children }: Props) {
  const phone = useMediaQuery("(max-width: 760px)", undefined, { getInitialValueInEffect: false });
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={onClosed}
      position="right"
      size={phone ? "100%" : width}
      title={title}
      closeButtonProps={{ "aria-label": "Close" }}
      classNames={{ content: classes.panel, header: classes.head, title: classes.title, body: classes.body }}
      // Inside a dialog the header is a plain row: the page has its one banner already.
      attributes={{ header: { role: "presentation" } }}
      returnFocus
    >
      {children}
    </Drawer>
  );
}

/** The part of a panel that scrolls; what stands beside it stays in sight. */
export function PanelScroll({ children, className = "" }: { children: ReactNode; className?: string }) {
  return <div className={`${classes.scroll} ${className}`}>{children}</div>;
}

/** What stays at the foot of a panel. */
export function PanelFoot({ children }: { children: ReactNode }) {
  return <div className={classes.foot}>{children}</div>;
}
