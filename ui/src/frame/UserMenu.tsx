import { type MantineColorScheme, Menu, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import {
  IconCheck,
  IconDeviceDesktop,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconRowInsertBottom,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { ComponentProps } from "react";
import { usePreferences } from "../preferences";
import { initials, useMe } from "../session/session";
import type { Density } from "../theme";
import classes from "./frame.module.css";
import { openShortcuts } from "./Shortcuts";
import { useLeave } from "./useLeave";

export const schemes: { value: MantineColorScheme; label: string; icon: typeof IconSun }[] = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "As the system", icon: IconDeviceDesktop },
];

export const densities: { value: Density; label: string }[] = [
  { value: "compact", label: "Compact" },
  { value: "standard", label: "Standard" },
  { value: "comfortable", label: "Comfortable" },
];

/** A menu item of which one is chosen; the item itself would say that it is a plain one. */
function radio(checked: boolean) {
  return (props: ComponentProps<"button">) => (
    <button {...props} type="button" role="menuitemradio" aria-checked={checked} />
  );
}

export function UserMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const leave = useLeave();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { density, setDensity } = usePreferences();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <button type="button" className={classes.avatar}>
          <span aria-hidden>{initials(me.displayName || me.name)}</span>
          <VisuallyHidden>Account of {me.displayName || me.name}</VisuallyHidden>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.displayName}, {me.role}
        </Menu.Label>
        <Menu.Item leftSection={<IconUser size={16} />} onClick={() => navigate({ to: "/account" })}>
          Account
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={openShortcuts}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Theme</Menu.Label>
        {schemes.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            renderRoot={radio(colorScheme === value)}
            leftSection={<Icon size={16} />}
            rightSection={colorScheme === value ? <IconCheck size={14} /> : null}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>Table rows</Menu.Label>
        {densities.map(({ value, label }) => (
          <Menu.Item
            key={value}
            renderRoot={radio(density === value)}
            leftSection={<IconRowInsertBottom size={16} />}
            rightSection={density === value ? <IconCheck size={14} /> : null}
            onClick={() => setDensity(value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
