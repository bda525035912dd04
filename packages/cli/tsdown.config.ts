import { defineConfig } from "tsdown";

/** The command brings all that it runs on, in few files: it starts once for each phase (docs/decisions/0089). */
const WORKSPACE = [/^@worker-watchdog\//];
const THIRD_PARTY = [
  /^yaml(?:\/|$)/,
  /^diff(?:\/|$)/,
  /^@prometheus-io\/lezer-promql(?:\/|$)/,
  /^@lezer\/(?:common|highlight|lr)(?:\/|$)/,
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

/**
 * Imported as a module, node:http gives out every name that it has, and one of them (WebSocket) loads the whole client behind fetch: 20 ms of a start,
 * for a name that nobody asks for.
 */
const LEAN_HTTP = "\0lean-http";
const leanHttp = {
  name: "lean-http",
  resolveId: (id: string) => (id === "node:http" || id === "http" ? LEAN_HTTP : null),
  load: (id: string) =>
    id === LEAN_HTTP
      ? `const http = process.getBuiltinModule("node:http");
        export const { Agent, ClientRequest, IncomingMessage, createServer, request } = http;
        export default http;`
      : null,
};

export default defineConfig({
  entry: { index: "src/index.ts", main: "src/main.ts" },
  format: "esm",
  platform: "node",
  target: "node22.15",
  dts: true,
  plugins: [leanHttp],
  fixedExtension: false,
  deps: { alwaysBundle: [...WORKSPACE, ...THIRD_PARTY], onlyBundle: THIRD_PARTY },
  inputOptions: { resolve: { conditionNames: ["@worker-watchdog/source", "node", "import", "module", "default"] } },
});
