import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the page also works below a path that a proxy cuts off.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 300,
  },
  worker: { format: "es" },
});
