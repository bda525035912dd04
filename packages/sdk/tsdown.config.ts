import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    "semconv/index": "src/semconv/index.ts",
    rows: "src/rows.ts",
    "session/index": "src/session/index.ts",
    "policy/index": "src/policy/index.ts",
    "one-shot/index": "src/one-shot/index.ts",
    "redact/index": "src/redact/index.ts",
    "testing/index": "src/testing/index.ts",
  },
  format: "esm",
  platform: "node",
  target: "node22.15",
  dts: true,
  fixedExtension: false,
  // The library depends on the OpenTelemetry API alone: the YAML reader of the policy subpath is bundled into it.
  deps: { alwaysBundle: ["yaml"], onlyBundle: ["yaml"], neverBundle: ["@opentelemetry/api"] },
});
