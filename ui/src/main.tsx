import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./global.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { forbidMarkup, styleNonce } from "./nonce";
import { PreferencesProvider } from "./preferences";
import { router } from "./router";
import { takeToken } from "./session/linkToken";
import { theme, variables } from "./theme";

takeToken(window.location, window.history);
window.addEventListener("hashchange", () => takeToken(window.location, window.history));
forbidMarkup();

const container = document.getElementById("root");
if (!container) throw new Error("the page has no root element");

createRoot(container).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <PreferencesProvider>
          <RouterProvider router={router} />
          <Notifications position="bottom-left" autoClose={5000} />
        </PreferencesProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
