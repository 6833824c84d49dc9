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
    rolldownOptions: {
      output: {
        // What several pages share is one file: each file of its own compresses worse.
        codeSplitting: {
          groups: [
            {
              name: "shared",
              test: /src\/(run\/(steps|why|raw|controls)|ui\/(confirm|dialog)|pages\/(event-text|kinds))\.tsx?$/,
            },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
});
