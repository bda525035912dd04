/** Builds servers from the Go module proxy, verified by go.sum, into a folder that appears as a whole or not at all. */
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BuildProgress } from "./build-progress.ts";
import type { BuildTarget } from "./build-target.ts";
import type { GoToolchain } from "./go-toolchain.ts";
import { type ProgramResult, runProgram } from "./run-program.ts";
import { StackError } from "./stack-error.ts";

/** How to build. */
export interface BuildOptions {
  readonly target: BuildTarget;
  readonly go: GoToolchain;
  /** Folder that will hold the programs; must not exist yet, its parent must. */
  readonly outputDirectory: string;
  readonly onProgress: (progress: BuildProgress) => void;
}

const STEP_TIMEOUT_MILLIS = 30 * 60_000;
const OUTPUT_LINES = 20;
const TICK_MILLIS = 1_000;

/**
 * Builds one target.
 *
 * @throws {StackError} `build_failed` and `disk_full`, with the last lines of the build.
 */
export async function buildServer(options: BuildOptions): Promise<void> {
  const { target, outputDirectory } = options;
  const startedAt = performance.now();
  const workDirectory = await mkdtemp(join(dirname(outputDirectory), `.building-${target.name}-`));
  let progress: Omit<BuildProgress, "elapsedMillis"> = {
    title: `${target.title} ${target.version}`,
    stage: "downloading",
    done: 0,
  };
  const report = (): void => options.onProgress({ ...progress, elapsedMillis: performance.now() - startedAt });
  const update = (change: Partial<BuildProgress>): void => {
    progress = { ...progress, ...change };
    report();
  };
  // The linker says nothing for a while; the time must go on.
  const tick = setInterval(report, TICK_MILLIS);
  try {
    report();
    const go = goRunner(options, (line) => {
      if (line.startsWith("go: downloading ")) update({ done: progress.done + 1 });
    });
    const sources = await fetchSources(target, workDirectory, go);
    const flags = ["-trimpath", ...(target.tags.length > 0 ? [`-tags=${target.tags.join(",")}`] : [])];
    const packages = await go(["list", "-deps", ...flags, ...target.packages], sources);
    const total = packages.stdout.trim().split("\n").length;
    update({ stage: "compiling", done: 0, total });
    const programs = join(workDirectory, "programs");
    await mkdir(programs);
    const compile = goRunner(options, (line) => {
      // `-v` names each package as it is compiled, or nothing for one that Go's own cache holds.
      if (/^[\w./~@-]+$/.test(line)) update({ done: Math.min(progress.done + 1, total) });
    });
    const linkerFlags = ["-s", "-w", ...target.linkerFlags].join(" ");
    await compile(
      ["build", "-v", ...flags, `-ldflags=${linkerFlags}`, "-o", `${programs}/`, ...target.packages],
      sources,
    );
    await moveIntoPlace(programs, outputDirectory);
    update({ stage: "done" });
  } catch (error) {
    update({ stage: "failed" });
    throw error;
  } finally {
    clearInterval(tick);
    await rm(workDirectory, { recursive: true, force: true });
  }
}

type RunGo = (args: readonly string[], cwd: string) => Promise<ProgramResult>;

function goRunner(options: BuildOptions, onLine: (line: string) => void): RunGo {
  return async (args, cwd) => {
    const result = await runProgram(options.go.command, args, {
      cwd,
      env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off" },
      timeoutMillis: STEP_TIMEOUT_MILLIS,
      onLine,
    });
    if (result.exitCode === 0) return result;
    throw buildError(options.target, args, result);
  };
}

/** The folder to build in: the repository's own sources, or a writable copy of a verified download. */
async function fetchSources(target: BuildTarget, workDirectory: string, go: RunGo): Promise<string> {
  const { module, moduleDirectory, extraFiles = {} } = target;
  if (module === undefined) return moduleDirectory;
  const { stdout } = await go(["mod", "download", "-json", module], moduleDirectory);
  const { Dir: downloaded } = JSON.parse(stdout) as { readonly Dir: string };
  const sources = join(workDirectory, "sources");
  await copyFiles(downloaded, sources);
  for (const [path, text] of Object.entries(extraFiles)) {
    await mkdir(dirname(join(sources, path)), { recursive: true });
    await writeFile(join(sources, path), text);
  }
  return sources;
}

/** Copies files into new folders: those of Go's module cache are read-only, and a copy of them could not even be removed. */
async function copyFiles(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, destination] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFiles(source, destination);
    else await copyFile(source, destination);
  }
}

/** A second process may have finished the same build a moment ago; its result is as good. */
async function moveIntoPlace(programs: string, outputDirectory: string): Promise<void> {
  try {
    await rename(programs, outputDirectory);
  } catch (error) {
    const there = await stat(outputDirectory).catch(() => undefined);
    if (there === undefined) throw error;
  }
}

function buildError(target: BuildTarget, args: readonly string[], result: ProgramResult): StackError {
  const tail = result.output.trim().split("\n").slice(-OUTPUT_LINES);
  const how = result.spawnError?.message ?? `exit code ${result.exitCode ?? "none: it was killed, or took too long"}`;
  const step = `\`go ${args[0]}\` for ${target.title} ${target.version}`;
  const output = tail.map((line) => `  ${line}`).join("\n");
  if (/no space left on device|disk quota exceeded/i.test(result.output)) {
    return new StackError(
      "disk_full",
      `${step} ran out of disk space:\n${output}\nA first build of all servers needs about 3 GB, in Go's caches ` +
        "(`go env GOCACHE GOMODCACHE`, GOTMPDIR) and 200 MB in WATCHDOG_CACHE_DIR. Free some, or set them to another disk.",
    );
  }
  const network = /dial tcp|no such host|i\/o timeout|connection refused|proxyconnect|TLS handshake/i.test(
    result.output,
  );
  return new StackError(
    "build_failed",
    `${step} failed (${how}). Its last lines:\n${output}\n` +
      (network
        ? "It could not reach the Go module proxy: check the network and GOPROXY, then run the same command again."
        : "Run the same command again; if it fails again, name the program yourself (see the README)."),
  );
}
