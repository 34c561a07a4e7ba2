import { useLocalStorage } from "@mantine/hooks";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { Density } from "./theme";

/** What belongs to the person at this screen and not to the page: it stays in the browser, not in the address. */
interface Preferences {
  density: Density;
  setDensity(density: Density): void;
  railSmall: boolean;
  setRailSmall(small: boolean): void;
}

const Context = createContext<Preferences | undefined>(undefined);

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [density, setDensity] = useLocalStorage<Density>({
    key: "signet-density",
    defaultValue: "standard",
    getInitialValueInEffect: false,
  });
  const [railSmall, setRailSmall] = useLocalStorage({
    key: "signet-rail-small",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const value = useMemo(
    () => ({ density, setDensity, railSmall, setRailSmall }),
    [density, setDensity, railSmall, setRailSmall],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePreferences(): Preferences {
  const preferences = useContext(Context);
  if (!preferences) throw new Error("usePreferences outside of its provider");
  return preferences;
}
