import { Kbd, Tooltip, VisuallyHidden } from "@mantine/core";
import { useOs } from "@mantine/hooks";
import { spotlight } from "@mantine/spotlight";
import { IconPlugConnectedX, IconSearch } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { exactUtc, formatClock } from "../format/format";
import { useLive } from "../live/Live";
import { refreshAll } from "../live/refresh";
import classes from "./frame.module.css";
import { ProjectBanner } from "./ProjectBanner";
import { UserMenu } from "./UserMenu";

interface Props {
  title: string;
  crumbs?: { label: string; to: string }[];
  asOf?: string;
  tools?: ReactNode;
  children: ReactNode;
}

/** The top bar and the content under it; every page behind the sign-in is one of these. */
export function Page({ title, crumbs = [], asOf, tools, children }: Props) {
  useEffect(() => {
    document.title = title === "" ? "Signet" : `${title} · Signet`;
  }, [title]);
  return (
    <div className={classes.main}>
      <header className={classes.top}>
        <div className={classes.titles}>
          {crumbs.length > 0 && (
            <nav aria-label="Breadcrumb">
              {crumbs.map((crumb) => (
                <Link key={crumb.to} to={crumb.to} className={classes.crumb}>
                  {crumb.label} <span className={classes.crumbMark}>/</span>
                </Link>
              ))}
            </nav>
          )}
          <h1 title={title}>{title}</h1>
        </div>
        <div className={classes.tools}>
          <Stamp asOf={asOf} />
          <OfflineNews />
          {tools}
          <SearchButton />
          <UserMenu />
        </div>
      </header>
      <main className={classes.content} id="content" tabIndex={-1}>
        <ProjectBanner />
        {children}
      </main>
    </div>
  );
}

function SearchButton() {
  const keys = useOs({ getValueInEffect: false }) === "macos" ? "⌘ K" : "Ctrl K";
  return (
    <button type="button" className={classes.search} onClick={spotlight.open}>
      <IconSearch size={15} aria-hidden />
      <span className={classes.searchText}>Search </span>
      <Kbd size="xs">{keys}</Kbd>
    </button>
  );
}

/** When the data was true, and whether it follows changes by itself. */
function Stamp({ asOf }: { asOf: string | undefined }) {
  const { state } = useLive();
  const client = useQueryClient();
  const words = {
    live: "Live: changes show by themselves.",
    connecting: "Connecting to the stream of changes.",
    offline: "Offline: trying again. Changes of others do not show until then.",
  };
  if (!asOf && state !== "offline") return null;
  const offline = state === "offline";
  return (
    <Tooltip
      multiline
      maw={280}
      label={
        <>
          {asOf && <div>Data as of {exactUtc(asOf)}</div>}
          <div>{words[state]}</div>
          <div>Press to fetch again.</div>
        </>
      }
      events={{ hover: true, focus: true, touch: true }}
    >
      <button
        type="button"
        className={classes.stamp}
        data-state={state}
        aria-label={stampName(asOf, offline)}
        onClick={() => refreshAll(client)}
      >
        {offline ? <IconPlugConnectedX size={15} aria-hidden /> : <span className={classes.dot} />}
        <span className={classes.stampText}>
          {offline ? "Offline" : ""}
          {offline && asOf ? ", " : ""}
          {asOf ? `as of ${formatClock(asOf)}` : ""}
        </span>
      </button>
    </Tooltip>
  );
}

/** Says to those who do not see the stamp that the stream was lost, and that it is back. */
function OfflineNews() {
  const { state } = useLive();
  return <VisuallyHidden role="status">{state === "offline" ? "Offline, trying again" : ""}</VisuallyHidden>;
}

function stampName(asOf: string | undefined, offline: boolean): string {
  return [offline ? "Offline" : "Live", asOf ? `as of ${formatClock(asOf)}` : ""].filter(Boolean).join(", ");
}
