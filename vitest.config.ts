import { defineConfig } from "vitest/config";

/** Workspace packages resolve to their TypeScript sources, so that nothing is ever built for a test. */
const SOURCE_CONDITION = "@worker-watchdog/source";
const conditions = [SOURCE_CONDITION, "node", "import", "module", "default"];
const everywhere = ["packages/**", "examples/**", "test/**", "tools/**"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: everywhere.map((path) => `${path}/*.test.ts`),
          exclude: ["**/node_modules/**", "**/dist/**", "**/*.e2e.test.ts"],
          execArgv: [`--conditions=${SOURCE_CONDITION}`],
          // A busy machine is not a failure.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        ...shared,
        test: {
          name: "e2e",
          include: everywhere.map((path) => `${path}/*.e2e.test.ts`),
          exclude: ["**/node_modules/**", "**/dist/**"],
          execArgv: [`--conditions=${SOURCE_CONDITION}`],
          // Real servers on a slow machine: generous ends, reached only by a failure.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
    ],
  },
});
