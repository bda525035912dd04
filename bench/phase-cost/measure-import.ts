/** How long it takes to import the library, as its users get it, beside the OpenTelemetry API alone. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { packPackages } from "../../tools/packages.ts";
import { median } from "./median.ts";

const STARTS = 15;
const LIBRARY = "@worker-watchdog/sdk";
const API = "@opentelemetry/api";
const sdk = fileURLToPath(new URL("../../packages/sdk", import.meta.url));
const run = promisify(execFile);

/** Measures and prints. */
export async function measureImport(): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "worker-watchdog-bench-")));
  try {
    await install(folder);
    const sources = pathToFileURL(join(sdk, "src", "index.ts")).href;
    const millis = { api: [] as number[], built: [] as number[], sources: [] as number[], again: [] as number[] };
    for (let start = 0; start < STARTS; start += 1) {
      millis.api.push(await importing(API, folder));
      millis.built.push(await importing(LIBRARY, folder));
      millis.sources.push(await importing(sources, sdk));
      millis.again.push(await importing(API, folder));
    }
    const api = median(millis.api);
    const row = (values: readonly number[]): Record<string, string> => ({
      milliseconds: median(values).toFixed(1),
      "above the API": (median(values) - api).toFixed(1),
    });
    console.log(`\nImporting, in milliseconds (median of ${STARTS} processes)`);
    console.table({
      [API]: row(millis.api),
      [`${API}, again (the control)`]: row(millis.again),
      [`${LIBRARY}, as packed`]: row(millis.built),
      [`${LIBRARY}, from its TypeScript sources`]: row(millis.sources),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts the tarball that a registry would get, and the API, where Node looks for them. */
async function install(folder: string): Promise<void> {
  const library = join(folder, "node_modules", LIBRARY);
  await mkdir(library, { recursive: true });
  await mkdir(join(folder, "node_modules", "@opentelemetry"), { recursive: true });
  const [packed] = await packPackages({ outDirectory: folder, names: ["sdk"] });
  await run("tar", ["-xzf", packed?.tarball ?? "", "--strip-components=1", "-C", library]);
  await symlink(await realpath(join(sdk, "node_modules", API)), join(folder, "node_modules", API), "junction");
}

/** Milliseconds that a fresh process takes to import, its own start not counted. */
async function importing(specifier: string, cwd: string): Promise<number> {
  const program = `const at = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - at);`;
  const args = ["--conditions=@worker-watchdog/source", "--input-type=module", "--eval", program];
  const { stdout } = await run(process.execPath, args, { cwd });
  return Number(stdout);
}
