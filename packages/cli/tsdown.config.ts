import { defineConfig } from "tsdown";

/** The command brings all that it runs on, in few files: it starts once for each phase (docs/decisions/0089). */
const WORKSPACE = [/^@worker-watchdog\//];
const THIRD_PARTY = [
  /^yaml(?:\/|$)/,
  /^@grafana\/grafana-foundation-sdk(?:\/|$)/,
  /^tslib$/,
  // What the set-up of a process is made of; a package more, and THIRD_PARTY_NOTICES has to name it.
  ...[
    "api",
    "context-async-hooks",
    "core",
    "exporter-logs-otlp-http",
    "exporter-metrics-otlp-http",
    "exporter-trace-otlp-http",
    "otlp-exporter-base",
    "otlp-transformer",
    "resources",
    "sdk-logs",
    "sdk-metrics",
    "sdk-trace",
    "semantic-conventions",
  ].map((name) => new RegExp(`^@opentelemetry/${name}(?:/|$)`)),
];

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
