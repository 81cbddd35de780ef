import { defineConfig } from "vite";

// `npm run dev` sends all that is not the console's to this gateway.
const gateway = process.env.GATEWAY ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/console/",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    // The policy of the page allows no data: addresses of scripts and styles, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The test of the first load reads it.
    manifest: true,
  },
  server: { proxy: { "^/(?!console/)": { target: gateway } } },
});
