import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.SIGNET_URL ?? "http://127.0.0.1:8480";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    // Nothing is inlined: the content security policy names 'self' only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The grid and the charts are large and load only when a dashboard needs them.
    chunkSizeWarningLimit: 800,
  },
  server: { host: "127.0.0.1", proxy: { "/api": server } },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
