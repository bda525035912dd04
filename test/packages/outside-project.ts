/** A project of somebody else: a folder outside the repository, plain npm, and the packed packages. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { npmCommand, type PackedPackage, packPackages } from "../../tools/packages.ts";

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project outside the repository. */
export interface OutsideProject {
  readonly directory: string;
  readonly packed: readonly PackedPackage[];
  /** Writes a file, its path relative to the project. */
  write(path: string, content: string): Promise<void>;
  /** `npm` with these arguments; a word that names a packed package stands for its tarball. */
  npm(...args: readonly string[]): Promise<ProgramEnd>;
  /** A program, in the project's folder. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<ProgramEnd>;
  /** How many copies are installed of each package whose name begins with `prefix`. */
  copies(prefix: string): Promise<ReadonlyMap<string, number>>;
  remove(): Promise<void>;
}

/** Packs the packages and makes an empty project beside them. */
export async function createOutsideProject(): Promise<OutsideProject> {
  const parent = await mkdtemp(join(tmpdir(), "worker-watchdog-outside-"));
  const packed = await packPackages({ outDirectory: join(parent, "tarballs") });
  const directory = join(parent, "project");
  const write = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  };
  await write("package.json", JSON.stringify({ name: "outside", private: true, type: "module" }));
  const run: OutsideProject["run"] = (command, args, env = {}) => runProgram(command, args, directory, env);
  return {
    directory,
    packed,
    write,
    run,
    npm(...args) {
      const npm = npmCommand();
      const words = args.map((word) => packed.find(({ name }) => name === word)?.tarball ?? word);
      return run(npm.command, [...npm.args, ...words, "--no-audit", "--no-fund"]);
    },
    copies: (prefix) => installedCopies(join(directory, "node_modules"), prefix),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}

/** Runs a program to its end, in the environment of a user's shell and with what `env` adds. */
export function runProgram(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<ProgramEnd> {
  const child = spawn(command, args, {
    cwd,
    env: { ...plainEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** The environment of a user's shell: without what the test runner and `npm test` add for the repository. */
export function plainEnvironment(): Record<string, string> {
  const added =
    /^(?:npm_(?!config_registry$|config_cache$|config_userconfig$)|NODE_OPTIONS$|NODE_ENV$|INIT_CWD$|VITEST|OTEL_|WATCHDOG_)/i;
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !added.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

async function installedCopies(directory: string, prefix: string): Promise<ReadonlyMap<string, number>> {
  const copies = new Map<string, number>();
  for (const file of await readdir(directory, { recursive: true })) {
    const name = /(?:^|node_modules\/)((?:@[^/]+\/)?[^@/][^/]*)\/package\.json$/.exec(file)?.[1];
    if (name?.startsWith(prefix) === true) copies.set(name, (copies.get(name) ?? 0) + 1);
  }
  return copies;
}
