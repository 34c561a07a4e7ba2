import { Tooltip } from "@mantine/core";
import {
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconLock,
  IconUsers,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { dashboardsQuery } from "../api/queries";
import { usePreferences } from "../preferences";
import { useMe } from "../session/session";
import classes from "./frame.module.css";
import { Mark } from "./Mark";
import { Palette } from "./Palette";
import { Shortcuts } from "./Shortcuts";

/** What stands around every page behind the sign-in. */
export function Shell() {
  const { railSmall, setRailSmall } = usePreferences();
  const Toggle = railSmall ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <div className={classes.shell} data-small={railSmall || undefined}>
      <a href="#content" className={classes.skip}>
        Skip to the content
      </a>
      <nav className={classes.rail} aria-label="Main">
        <Link to="/dashboards" className={classes.brand} aria-label="Signet, home">
          <Mark size={24} />
          <span className={classes.brandName} style={{ marginLeft: 8, fontWeight: 650, fontSize: 17 }}>
            Signet
          </span>
        </Link>
        <Tooltip label="Dashboards" position="right" disabled={!railSmall}>
          <Link
            to="/dashboards"
            className={classes.link}
            activeOptions={{ exact: true, includeSearch: false }}
          >
            <IconLayoutDashboard size={18} aria-hidden />
            <span className={classes.label}>Dashboards</span>
          </Link>
        </Tooltip>
        <DashboardLinks />
        <TrustLinks small={railSmall} />
        <div className={classes.spacer} />
        <div className={classes.collapse}>
          <Tooltip label={railSmall ? "Show names" : "Icons only"} position="right">
            <button
              type="button"
              className={classes.link}
              onClick={() => setRailSmall(!railSmall)}
              aria-label={railSmall ? "Expand" : "Collapse"}
            >
              <Toggle size={18} aria-hidden />
              <span className={classes.label}>Collapse</span>
            </button>
          </Tooltip>
        </div>
      </nav>
      <Outlet />
      <Palette />
      <Shortcuts />
    </div>
  );
}

/** What one may not use is not shown. */
function TrustLinks({ small }: { small: boolean }) {
  const { may } = useMe();
  const links = [
    ...(may.secrets ? [{ to: "/secrets", label: "Secrets", icon: IconLock }] : []),
    ...(may.keys ? [{ to: "/keys", label: "Keys", icon: IconKey }] : []),
    ...(may.access ? [{ to: "/access", label: "Access", icon: IconUsers }] : []),
    ...(may.audit ? [{ to: "/audit", label: "Audit", icon: IconHistory }] : []),
  ];
  if (links.length === 0) return null;
  return (
    <>
      <div className={classes.group} aria-hidden>
        <span className={classes.label}>Trust</span>
      </div>
      {links.map(({ to, label, icon: Icon }) => (
        <Tooltip key={to} label={label} position="right" disabled={!small}>
          <Link to={to} className={classes.link} activeOptions={{ includeSearch: false }}>
            <Icon size={18} aria-hidden />
            <span className={classes.label}>{label}</span>
          </Link>
        </Tooltip>
      ))}
    </>
  );
}

/** The dashboards themselves, one click away while they are few. */
function DashboardLinks() {
  const { data = [] } = useQuery(dashboardsQuery);
  const { id } = useParams({ strict: false });
  if (data.length === 0 || data.length > 12) return null;
  return (
    <div className={classes.sub}>
      {data.map((dashboard) => (
        <Link
          key={dashboard.id}
          to="/dashboards/$id"
          params={{ id: dashboard.id }}
          className={classes.link}
          data-active={dashboard.id === id || undefined}
          title={dashboard.title}
        >
          <span>{dashboard.title}</span>
        </Link>
      ))}
    </div>
  );
}
