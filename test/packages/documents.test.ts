/** What a reader copies or follows: the code in the documents compiles, their links lead somewhere, and their commands are run by a test. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { parseArguments } from "../../examples/fleet/src/arguments.ts";
import { fencedBlocks, shellCommands } from "./fenced-code.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const documents = new Map<string, string>();

beforeAll(async () => {
  const patterns = [
    "*.md",
    "docs/concepts/*.md",
    "docs/decisions/*.md",
    "packages/*/README.md",
    "examples/*/README.md",
  ];
  for await (const file of glob(patterns, { cwd: root })) documents.set(file, await readFile(join(root, file), "utf8"));
});

describe("code", () => {
  it("compiles, each block by itself after what its document declares unseen", { timeout: 60_000 }, async () => {
    const parent = join(root, "node_modules", ".cache");
    await mkdir(parent, { recursive: true });
    // Below node_modules, so that the workspace's packages are found, and nothing else looks at it.
    const folder = await mkdtemp(join(parent, "documents-"));
    try {
      const files: string[] = ["publish.ts"];
      await writeFile(join(folder, "publish.ts"), PUBLISH);
      for (const [document, text] of documents) {
        const blocks = fencedBlocks(text);
        const hidden = blocks.filter(({ language }) => language === "hidden").map(({ code }) => code);
        for (const { code, line } of blocks.filter(({ language }) => language === "ts")) {
          const file = `${document.replaceAll("/", "_")}-line-${line}.ts`;
          files.push(file);
          await writeFile(join(folder, file), `${hidden.join("\n")}\n${code}\nexport {};\n`);
        }
      }
      expect(files.length).toBeGreaterThan(10);
      const tsconfig = { extends: "../../../tsconfig.json", include: [], files, compilerOptions: LENIENT };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
      const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
      const checked = promisify(execFile)(process.execPath, [tsc, "-p", folder], { cwd: folder });
      const output = await checked.then(
        () => "",
        (error: { stdout: string }) => error.stdout,
      );
      expect(output).toBe("");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("links", () => {
  it("to files lead to files", () => {
    const dead: string[] = [];
    for (const [document, text] of documents) {
      for (const [, target = ""] of text.replaceAll(/^```.*?^```$/gms, "").matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^(?:https?:|mailto:|#)/.test(target)) continue;
        const path = join(root, dirname(document), target.replace(/#.*$/, ""));
        if (!existsSync(path)) dead.push(`${document}: ${target}`);
      }
    }
    expect(dead).toEqual([]);
  });
});

describe("commands", () => {
  it("are each run somewhere", async () => {
    const scripts = new Set(Object.keys(JSON.parse(await readFile(join(root, "package.json"), "utf8")).scripts));
    const unknown: string[] = [];
    for (const [document, text] of documents) {
      for (const { code, line } of fencedBlocks(text).filter(({ language }) => language === "sh")) {
        for (const command of shellCommands(code)) {
          const script = /^npm (?:run )?(\w+)/.exec(command)?.[1] ?? "install";
          const isScript = script === "install" || scripts.has(script);
          if (!isScript || !(isRun(command) || isFleet(command))) unknown.push(`${document}:${line}: ${command}`);
        }
      }
    }
    expect(unknown).toEqual([]);
  });
});

function isRun(command: string): boolean {
  return Object.hasOwn(RUN_BY, command) && existsSync(join(root, RUN_BY[command] ?? ""));
}

/** Every scenario is run by the fleet's own tests; here it is whether the command line is one that the fleet takes. */
function isFleet(command: string): boolean {
  const [, start, args = ""] = /^npm (start)(?: -- (.*))?$/.exec(command) ?? [];
  if (start === undefined) return false;
  parseArguments(args === "" ? [] : args.split(" "));
  return true;
}

/** Where each command of the documents is run. A new one is added here with the test that runs it. */
const RUN_BY: Readonly<Record<string, string>> = {
  "npm test": ".ci/run",
  "npm test -- --fast": "tools/tasks/test.ts",
  "npm run format": "tools/check/steps.ts",
  "npm run generate": "tools/check/steps.ts",
  "npm run bench": "tools/tasks/bench.ts",
  "npm run campaign": ".ci/run",
  "npm run example -- shell-worker": "examples/shell-worker/test/shell-worker.e2e.test.ts",
  "npm install @worker-watchdog/cli": "test/packages/shell-worker.e2e.test.ts",
  "export WATCHDOG_WORKER_ID=worker-1 WATCHDOG_WORKER_POOL=reports": "test/packages/shell-worker.e2e.test.ts",
  "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318": "test/packages/shell-worker.e2e.test.ts",
  "export WATCHDOG_VERDICT_EXIT=1": "test/packages/shell-worker.e2e.test.ts",
  "npx watchdog doctor": "test/packages/shell-worker.e2e.test.ts",
  "npx watchdog exec --phase claim -- ./ask.sh claim": "test/packages/shell-worker.e2e.test.ts",
  "npx watchdog exec --phase build -- ./build.sh": "test/packages/shell-worker.e2e.test.ts",
  'npx watchdog exec --phase artifact --url "$URL" --files-url "$FILES_URL"': "test/packages/shell-worker.e2e.test.ts",
  "npx watchdog exec --phase complete -- ./ask.sh complete": "test/packages/shell-worker.e2e.test.ts",
  "npx watchdog status": "test/packages/shell-worker.e2e.test.ts",
  'npx watchdog session -- codex exec --json "Write the report"': "packages/cli/test/session.e2e.test.ts",
  'npx watchdog settle --job job-1 --reason "host is gone"': "packages/cli/test/operators.e2e.test.ts",
  'npx watchdog settle --job job-3 --kind repair_exhausted --reason "touched it by hand"':
    "packages/cli/test/operators.e2e.test.ts",
  'npx watchdog retire --worker gone --reason "scaled down"': "packages/cli/test/operators.e2e.test.ts",
  "npx watchdog page-test --by ada": "packages/cli/test/operators.e2e.test.ts",
  "npm run example -- wrapped-agent": "examples/wrapped-agent/test/wrapped-agent.e2e.test.ts",
  "npm run example -- library-worker": "examples/library-worker/test/library-worker.e2e.test.ts",
  "npm run pack -- ../tarballs": "test/packages/install.e2e.test.ts",
  "npm install ../tarballs/*.tgz @opentelemetry/api": "test/packages/install.e2e.test.ts",
  "node job-service.ts": "test/packages/install.e2e.test.ts",
  "JOB_SERVICE=http://127.0.0.1:8080 node worker.ts": "test/packages/install.e2e.test.ts",
  "npx watchdog check --policy watchdog.yaml": "test/packages/install.e2e.test.ts",
  "npx watchdog generate --policy watchdog.yaml --out monitoring": "test/packages/install.e2e.test.ts",
  "npx watchdog generate --policy watchdog.yaml --diff": "packages/cli/test/check.e2e.test.ts",
  "npx watchdog generate --policy watchdog.yaml": "packages/cli/test/check.e2e.test.ts",
  "npx watchdog generate --policy watchdog.yaml --check": "packages/cli/test/check.e2e.test.ts",
  "npx watchdog generate --format prometheus-rule --namespace monitoring --labels release=prometheus":
    "packages/cli/test/check.e2e.test.ts",
  "npx watchdog check --prometheus http://127.0.0.1:9090 --alertmanager http://127.0.0.1:9093":
    "packages/cli/test/check.e2e.test.ts",
  "npx watchdog --help": "test/packages/install.e2e.test.ts",
  "npm install @worker-watchdog/sdk @opentelemetry/api": "test/packages/install.e2e.test.ts",
  "npm install @worker-watchdog/node @worker-watchdog/sdk @opentelemetry/api": "test/packages/install.e2e.test.ts",
  "npm install --save-dev @worker-watchdog/cli": "test/packages/install.e2e.test.ts",
};

/** What only a whole program can satisfy. */
const LENIENT = { noUnusedLocals: false, noUnusedParameters: false };

const PUBLISH = `
export async function publish(jobId: string): Promise<{ url: string; filesUrl: string }> {
  return { url: \`https://example.com/\${jobId}\`, filesUrl: "https://example.com/files.json" };
}
`;
