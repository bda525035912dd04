import { defineConfig } from "tsdown";

export default defineConfig({
  // The register entry is a file of its own: it sets the process up as it is loaded, and nothing else may.
  entry: { index: "src/index.ts", command: "src/command.ts", journal: "src/journal.ts", register: "src/register.ts" },
  format: "esm",
  platform: "node",
  target: "node22.15",
  dts: true,
  fixedExtension: false,
  // No package of others is bundled: one copy of the OpenTelemetry SDK, the application's, is what makes rows and spans meet. The journal is ours,
  // and not published by itself.
  deps: { alwaysBundle: [/^@worker-watchdog\/store$/], onlyBundle: [] },
  inputOptions: { resolve: { conditionNames: ["@worker-watchdog/source", "node", "import", "module", "default"] } },
});
