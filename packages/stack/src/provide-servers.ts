/** Provides the servers' programs: named by the user, on PATH, built before, or built now. */
import { access, constants, mkdir, readdir } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { acquireBuildLock } from "./build-lock.ts";
import { type BuildProgress, createProgressReporter } from "./build-progress.ts";
import { buildServer } from "./build-server.ts";
import { BUILD_TARGETS, type BuildTarget, hashBuildTarget } from "./build-target.ts";
import { cacheDirectory } from "./cache-directory.ts";
import { findGo, type GoToolchain, MINIMUM_GO_VERSION } from "./go-toolchain.ts";
import { inspectServer } from "./inspect-server.ts";
import { SERVER_NAMES, SERVERS, type ServerDefinition, type ServerName } from "./server-catalog.ts";
import { StackError } from "./stack-error.ts";

/** A program that is there and recent enough. */
export interface ProvidedServer {
  readonly name: ServerName;
  readonly path: string;
  readonly version: string;
  /** Where it came from. */
  readonly source: "named" | "path" | "cache" | "build";
}

/** What to provide. */
export interface ProvideOptions<Name extends ServerName = ServerName> {
  /** Which programs. Default: all five. */
  readonly names?: readonly Name[] | undefined;
  /** Environment with the `WATCHDOG_` variables and PATH. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Told how far a build is. Default: a bar, or lines, on standard error. */
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  /** Told why a program on PATH was passed over. Default: a line on standard error. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Finds each program, or builds it.
 *
 * In this order: the one that its `WATCHDOG_` variable names; one on PATH of a supported version; the cache; a build with Go.
 *
 * @throws {StackError} `server_unsupported` for a named one that is too old, incomplete or does not run;
 * `server_missing` when there is no way to get one; `go_too_old`, `build_failed`, `disk_full`.
 */
export async function provideServers<Name extends ServerName = ServerName>(
  options: ProvideOptions<Name> = {},
): Promise<Record<Name, ProvidedServer>> {
  const { names = SERVER_NAMES as readonly Name[], env = process.env } = options;
  const reporter = createProgressReporter(process.stderr);
  const onProgress = options.onProgress ?? reporter.report;
  const onNotice = options.onNotice ?? ((notice) => process.stderr.write(`${notice}\n`));

  const found = await Promise.all(
    names.map(async (name) => [name, (await findNamed(name, env)) ?? (await findOnPath(name, env, onNotice))] as const),
  );
  const provided = new Map<ServerName, ProvidedServer>();
  const missing: ServerDefinition[] = [];
  for (const [name, server] of found) {
    if (server === undefined) missing.push(SERVERS[name]);
    else provided.set(name, server);
  }
  for (const target of new Set(missing.map((server) => server.buildTarget))) {
    const wanted = missing.filter((server) => server.buildTarget === target);
    const { directory, source } = await provideBuild(BUILD_TARGETS[target], wanted, env, onProgress);
    for (const { name, builtName } of wanted) {
      const path = programPath(directory, builtName);
      provided.set(name, { name, path, version: BUILD_TARGETS[target].version, source });
    }
  }
  return Object.fromEntries(provided) as Record<Name, ProvidedServer>;
}

type Environment = Readonly<Record<string, string | undefined>>;

async function findNamed(name: ServerName, env: Environment): Promise<ProvidedServer | undefined> {
  const { environmentVariable, title } = SERVERS[name];
  const given = env[environmentVariable];
  if (!given) return undefined;
  // Servers run in a folder of their own; a bare name stays one for PATH.
  const path = given.includes("/") || given.includes("\\") ? resolve(given) : given;
  const inspection = await inspectServer(name, path);
  if (inspection.supported) return { name, path, version: inspection.version, source: "named" };
  throw new StackError(
    "server_unsupported",
    `${environmentVariable} names ${path} as the ${title}, but ${inspection.reason}.\n` +
      `Name another program, or unset ${environmentVariable} to have one found or built.`,
  );
}

async function findOnPath(
  name: ServerName,
  env: Environment,
  onNotice: (notice: string) => void,
): Promise<ProvidedServer | undefined> {
  const suffix = process.platform === "win32" ? ".exe" : "";
  for (const commandName of SERVERS[name].commandNames) {
    for (const directory of (env["PATH"] ?? "").split(delimiter).filter((entry) => entry !== "")) {
      const path = join(directory, `${commandName}${suffix}`);
      if (!(await isExecutable(path))) continue;
      const inspection = await inspectServer(name, path);
      if (inspection.supported) return { name, path, version: inspection.version, source: "path" };
      onNotice(`Passed over ${path}: ${inspection.reason}.`);
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

interface Build {
  readonly directory: string;
  readonly source: "cache" | "build";
}

async function provideBuild(
  target: BuildTarget,
  wanted: readonly ServerDefinition[],
  env: Environment,
  onProgress: (progress: BuildProgress) => void,
): Promise<Build> {
  const root = join(cacheDirectory(env), "servers");
  const prefix = `${target.name}-${target.version}-${await hashBuildTarget(target)}-go`;
  const go = await findGo(target.moduleDirectory, env).catch((error: unknown) => error as StackError);
  const usable = go instanceof Error ? undefined : go;
  const cached = await findCached(root, prefix, usable);
  if (cached !== undefined) return { directory: cached, source: "cache" };
  if (go instanceof Error) throw go;
  if (go === undefined) throw missingError(target, wanted);

  await mkdir(root, { recursive: true });
  const directory = join(root, `${prefix}${go.version}`);
  const waitingSince = performance.now();
  const lock = await acquireBuildLock(`${directory}.lock`, {
    onWait: (holder) =>
      onProgress({
        title: `${target.title} ${target.version}`,
        stage: "waiting",
        done: 0,
        detail: `${holder}, which builds it`,
        elapsedMillis: performance.now() - waitingSince,
      }),
  });
  try {
    const meanwhile = await findCached(root, prefix, go);
    if (meanwhile !== undefined) return { directory: meanwhile, source: "cache" };
    await buildServer({ target, go, outputDirectory: directory, onProgress });
    for (const { name, title, builtName } of wanted) {
      const inspection = await inspectServer(name, programPath(directory, builtName));
      if (inspection.supported) continue;
      throw new StackError(
        "build_failed",
        `${title} was built in ${directory}, but ${inspection.reason}. Remove that folder and run this again.`,
      );
    }
    return { directory, source: "build" };
  } finally {
    await lock.release();
  }
}

/** The folder of a finished build; without a usable Go, one by any Go will do. */
async function findCached(root: string, prefix: string, go: GoToolchain | undefined): Promise<string | undefined> {
  const entries = await readdir(root).catch(() => []);
  const match = entries.find((entry) =>
    go === undefined
      ? /^[\d.]+$/.test(entry.slice(prefix.length)) && entry.startsWith(prefix)
      : entry === `${prefix}${go.version}`,
  );
  return match === undefined ? undefined : join(root, match);
}

function programPath(directory: string, name: string): string {
  return join(directory, process.platform === "win32" ? `${name}.exe` : name);
}

function missingError(target: BuildTarget, wanted: readonly ServerDefinition[]): StackError {
  const ways = wanted.map(
    ({ title, environmentVariable, commandNames, minimumVersion }) =>
      `  ${title} ${minimumVersion} or later: set ${environmentVariable} to its path, or put ${commandNames.join(" or ")} on PATH`,
  );
  return new StackError(
    "server_missing",
    `${wanted.map((server) => server.title).join(" and ")} not found, and there is no Go to build ${target.title} with. Either\n` +
      `${ways.join("\n")}\n` +
      `or install Go ${MINIMUM_GO_VERSION} or later (https://go.dev/dl; WATCHDOG_GO names one that is not on PATH), and run this again: it builds what is missing.`,
  );
}
