import { defineConfig } from "tsdown";

/** What is not published is part of the command: the workspace's own packages, and what only they use (THIRD_PARTY_NOTICES). */
const WORKSPACE = [/^@worker-watchdog\/(?:monitoring|stack|store)(?:\/|$)/];
const THIRD_PARTY = [/^yaml(?:\/|$)/, /^@grafana\/grafana-foundation-sdk(?:\/|$)/, /^tslib$/];

export default defineConfig({
  entry: { index: "src/index.ts", main: "src/main.ts" },
  format: "esm",
  platform: "node",
  target: "node22.15",
  dts: true,
  fixedExtension: false,
  deps: { alwaysBundle: [...WORKSPACE, ...THIRD_PARTY], onlyBundle: THIRD_PARTY },
  inputOptions: { resolve: { conditionNames: ["@worker-watchdog/source", "node", "import", "module", "default"] } },
});
