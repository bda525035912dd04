/** The one direction of imports (names and thresholds ← library ← process set-up ← command line), held. */
import { existsSync, globSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const repository = fileURLToPath(new URL("../", import.meta.url));

/** What each layer may import of the workspace, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // The package's one base class of errors, below everything.
  "sdk/errors": [],
  "sdk/semconv": ["sdk/errors"],
  "sdk/policy": ["sdk/errors", "sdk/semconv"],
  // Text in, text out: whatever exports can load it without the library.
  "sdk/redact": ["sdk/semconv"],
  sdk: ["sdk/errors", "sdk/semconv", "sdk/policy", "sdk/redact"],
  "sdk/testing": ["sdk", "sdk/errors", "sdk/semconv", "sdk/policy"],
  store: ["sdk", "sdk/semconv", "sdk/policy", "sdk/redact"],
  // Never the whole library: a process that exports loads it a dozen times faster through this one file.
  "sdk/rows": ["sdk", "sdk/errors"],
  node: ["sdk/rows", "sdk/semconv", "sdk/policy", "sdk/redact", "store"],
  monitoring: ["sdk", "sdk/semconv", "sdk/policy"],
  stack: ["sdk", "sdk/semconv", "sdk/policy"],
  cli: ["sdk", "sdk/rows", "sdk/semconv", "sdk/policy", "sdk/redact", "node", "store", "monitoring", "stack"],
  "examples/wrapped-agent": ["example-job-service"],
  "examples/job-service": ["sdk", "sdk/testing"],
  "examples/library-worker": ["sdk", "sdk/policy", "node", "example-job-service"],
  "examples/shell-worker": ["example-job-service"],
  "examples/fleet": ["sdk", "sdk/semconv", "sdk/policy", "sdk/testing", "node", "store", "monitoring", "stack"],
};

/** Packages from outside that a layer may import; layers that are not named may import what their package.json says. */
const MAY_IMPORT_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "sdk/errors": [],
  "sdk/semconv": [],
  "sdk/policy": ["yaml"],
  sdk: ["@opentelemetry/api"],
};

/** Folders of the sdk, and files, that are layers of their own. */
const SDK_LAYERS: ReadonlySet<string> = new Set(["semconv", "policy", "redact", "testing", "errors.ts", "rows.ts"]);

/** The layer of a file, by its path; `undefined` for one that is outside the layers (tests, configurations, tools). */
function layerOf(path: string): string | undefined {
  const parts = relative(repository, path).split(sep);
  if (parts[2] !== "src") return undefined;
  if (parts[0] === "examples") return `examples/${parts[1]}`;
  if (parts[0] !== "packages") return undefined;
  const [, name = "", , folder = ""] = parts;
  return name === "sdk" && SDK_LAYERS.has(folder) ? `sdk/${folder.replace(/\.ts$/, "")}` : name;
}

/** The layer behind a bare specifier of the workspace. */
function layerOfSpecifier(specifier: string): string | undefined {
  const [, name, folder] = /^@worker-watchdog\/([\w-]+)(?:\/([\w-]+))?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  const isLayer = name === "sdk" && (SDK_LAYERS.has(folder ?? "") || SDK_LAYERS.has(`${folder}.ts`));
  return isLayer ? `sdk/${folder}` : name;
}

/** Static and dynamic imports, and re-exports. */
const IMPORT = /(?:\bfrom|\bimport(?:\s*\()?)\s*["']([^"']+)["']/g;

function importsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(IMPORT)].map((match) => match[1] ?? "");
}

/** What is wrong with the imports of a file, in words. */
export function violations(file: string, imports: readonly string[] = importsOf(file)): string[] {
  const layer = layerOf(file);
  if (layer === undefined || /\.(?:test|bench)\.ts$/.test(file)) return [];
  return imports.flatMap((specifier) => {
    const target = specifier.startsWith(".") ? layerOf(join(dirname(file), specifier)) : layerOfSpecifier(specifier);
    const where = `${relative(repository, file)} imports ${specifier}`;
    if (specifier.startsWith(".") && target === undefined) return [`${where}: outside its package's sources`];
    if (target !== undefined) {
      const allowed = target === layer || MAY_IMPORT[layer]?.includes(target);
      return allowed ? [] : [`${where}: ${layer} may not import ${target}`];
    }
    if (specifier.startsWith("node:") || builtinModules.includes(specifier)) return [];
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    const allowed = MAY_IMPORT_PACKAGES[layer];
    return allowed === undefined || allowed.includes(name) ? [] : [`${where}: ${layer} may not import ${name}`];
  });
}

const sources = globSync("{packages,examples}/*/src/**/*.ts", { cwd: repository }).map((file) =>
  join(repository, file),
);

describe("imports", () => {
  it("of every package point one way", () => {
    expect(sources.length).toBeGreaterThan(50);
    const known = new Set(Object.keys(MAY_IMPORT));
    expect(sources.map(layerOf).filter((layer) => layer !== undefined && !known.has(layer))).toEqual([]);
    expect(sources.flatMap((file) => violations(file))).toEqual([]);
  });

  it.each([
    ["packages/sdk/src/semconv/metrics.ts", "../policy/index.ts"],
    ["packages/sdk/src/policy/load.ts", "../attempt/job.ts"],
    ["packages/sdk/src/policy/load.ts", "@opentelemetry/api"],
    ["packages/sdk/src/attempt/job.ts", "@opentelemetry/sdk-metrics"],
    ["packages/sdk/src/attempt/job.ts", "../testing/index.ts"],
    ["packages/sdk/src/attempt/job.ts", "yaml"],
    ["packages/sdk/src/attempt/job.ts", "@worker-watchdog/node"],
    ["packages/node/src/register.ts", "@worker-watchdog/monitoring"],
    ["packages/node/src/register.ts", "@worker-watchdog/sdk"],
    ["packages/store/src/journal.ts", "@worker-watchdog/node"],
    ["packages/monitoring/src/rules.ts", "@worker-watchdog/stack"],
    ["packages/stack/src/guard.ts", "../../sdk/test/bench.ts"],
  ])("in %s of %s are refused", (file, specifier) => {
    expect(violations(join(repository, file), [specifier])).toHaveLength(1);
  });

  it.each([
    ["packages/sdk/src/attempt/job.ts", "../policy/index.ts"],
    ["packages/sdk/src/policy/load.ts", "yaml"],
    ["packages/node/src/register.ts", "@worker-watchdog/sdk/semconv"],
    ["packages/cli/src/main.ts", "@worker-watchdog/monitoring"],
    ["packages/stack/src/guard.ts", "node:child_process"],
  ])("in %s of %s are allowed", (file, specifier) => {
    expect(violations(join(repository, file), [specifier])).toEqual([]);
  });
});

describe("installed packages", () => {
  it("hold one copy of each OpenTelemetry package", () => {
    const store = join(repository, "node_modules", ".pnpm");
    const copies = new Map<string, Set<string>>();
    for (const entry of readdirSync(store)) {
      const scope = join(store, entry, "node_modules", "@opentelemetry");
      if (!entry.startsWith("@opentelemetry+") || !existsSync(scope)) continue;
      for (const name of readdirSync(scope)) {
        const found = copies.get(name) ?? new Set();
        copies.set(name, found.add(realpathSync(join(scope, name))));
      }
    }
    expect([...copies.keys()]).toEqual(expect.arrayContaining(["api", "sdk-metrics", "sdk-trace"]));
    const doubled = [...copies].filter(([, paths]) => paths.size > 1).map(([name, paths]) => [name, [...paths]]);
    expect(doubled).toEqual([]);
  });
});
