import { useMantineColorScheme } from "@mantine/core";
import { Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import {
  IconHistory,
  IconKey,
  IconKeyboard,
  IconLayoutDashboard,
  IconLock,
  IconLogout,
  IconRowInsertBottom,
  IconSearch,
  IconUser,
  IconUsers,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { dashboardsQuery } from "../api/queries";
import { usePreferences } from "../preferences";
import { useMe } from "../session/session";
import { openShortcuts } from "./Shortcuts";
import { densities, schemes } from "./UserMenu";
import { useLeave } from "./useLeave";

const size = 18;

/** Ctrl+K: every dashboard and every command by name. */
export function Palette() {
  const navigate = useNavigate();
  const leave = useLeave();
  const { setColorScheme } = useMantineColorScheme();
  const { setDensity } = usePreferences();
  const { data: dashboards = [] } = useQuery(dashboardsQuery);
  const { may } = useMe();

  const groups: SpotlightActionGroupData[] = [
    {
      group: "Dashboards",
      actions: dashboards.map((dashboard) => ({
        id: `dashboard ${dashboard.id}`,
        label: dashboard.title,
        description: dashboard.description,
        leftSection: <IconLayoutDashboard size={size} aria-hidden />,
        onClick: () => navigate({ to: "/dashboards/$id", params: { id: dashboard.id } }),
      })),
    },
    {
      group: "Trust",
      actions: [
        ...(may.secrets ? [{ to: "/secrets", label: "Secrets", icon: IconLock }] : []),
        ...(may.keys ? [{ to: "/keys", label: "Keys", icon: IconKey }] : []),
        ...(may.access ? [{ to: "/access", label: "Access: users, groups and roles", icon: IconUsers }] : []),
        ...(may.audit ? [{ to: "/audit", label: "Audit", icon: IconHistory }] : []),
      ].map(({ to, label, icon: Icon }) => ({
        id: `page ${to}`,
        label,
        leftSection: <Icon size={size} aria-hidden />,
        onClick: () => navigate({ to }),
      })),
    },
    {
      group: "Commands",
      actions: [
        ...schemes.map(({ value, label, icon: Icon }) => ({
          id: `theme ${value}`,
          label: `Theme: ${label.toLowerCase()}`,
          leftSection: <Icon size={size} aria-hidden />,
          onClick: () => setColorScheme(value),
        })),
        ...densities.map(({ value, label }) => ({
          id: `density ${value}`,
          label: `Table rows: ${label.toLowerCase()}`,
          leftSection: <IconRowInsertBottom size={size} aria-hidden />,
          onClick: () => setDensity(value),
        })),
        {
          id: "account",
          label: "Account and password",
          leftSection: <IconUser size={size} aria-hidden />,
          onClick: () => navigate({ to: "/account" }),
        },
        {
          id: "shortcuts",
          label: "Keyboard shortcuts",
          leftSection: <IconKeyboard size={size} aria-hidden />,
          onClick: openShortcuts,
        },
        {
          id: "sign out",
          label: "Sign out",
          leftSection: <IconLogout size={size} aria-hidden />,
          onClick: leave,
        },
      ],
    },
  ];

  return (
    <Spotlight
      actions={groups}
      shortcut="mod + K"
      nothingFound="Nothing by that name"
      highlightQuery
      scrollable
      maxHeight={420}
      transitionProps={{ duration: 100 }}
      overlayProps={{ backgroundOpacity: 0.28, blur: 0 }}
      attributes={{ content: { "aria-label": "Search and commands" } }}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: "Dashboards and commands",
        "aria-label": "Search dashboards and commands",
      }}
    />
  );
}
