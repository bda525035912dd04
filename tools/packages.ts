/** Builds the published packages and packs each into a tarball: what a registry would get, and what the tests install. */
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { parse } from "yaml";

/** The folders below `packages/` that are published, each after what it depends on. */
export const PUBLISHED: readonly string[] = ["sdk", "node", "cli"];

/** What goes into a tarball beside `package.json` and `dist/`; the last one only where other people's code is bundled. */
const DOCUMENTS = ["README.md", "LICENSE", "THIRD_PARTY_NOTICES"] as const;

/** One packed package. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly tarball: string;
}

/** What to pack, and where to. */
export interface PackOptions {
  /** Folder that the tarballs are written to; made where it is not there. */
  readonly outDirectory: string;
  /** Folders below `packages/`. Default: {@link PUBLISHED}. */
  readonly names?: readonly string[] | undefined;
  /** Told each step in one line. Default: nobody. */
  readonly onStep?: ((line: string) => void) | undefined;
}

/** Enough of a tool's output to see what is wrong; a bundler lists every importer of a module that it refuses. */
const MAX_OUTPUT = 4_000;

type Manifest = Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Builds, lints and packs. Nothing in the work tree is touched: each package is put together in a temporary folder, which is removed.
 *
 * @throws Error that names the package and holds the tool's output, where a build fails or publint finds anything.
 */
export async function packPackages(options: PackOptions): Promise<readonly PackedPackage[]> {
  const { outDirectory, names = PUBLISHED, onStep = () => {} } = options;
  await mkdir(outDirectory, { recursive: true });
  const staging = await mkdtemp(join(tmpdir(), "worker-watchdog-pack-"));
  try {
    const packed: PackedPackage[] = [];
    for (const name of names) {
      onStep(`${name}: build`);
      const { directory, manifest } = await stage(name, join(staging, name));
      onStep(`${name}: pack`);
      const tarball = await npmPack(name, directory, outDirectory);
      onStep(`${name}: publint`);
      await lint(name, tarball, manifest);
      packed.push({ name: manifest.name, version: manifest.version, tarball });
    }
    return packed;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function stage(name: string, directory: string): Promise<{ directory: string; manifest: Manifest }> {
  const source = join(root, "packages", name);
  await mkdir(directory);
  const tsdown = join(root, "node_modules", "tsdown", "dist", "run.mjs");
  await run(
    `${name}: tsdown`,
    process.execPath,
    [tsdown, "--out-dir", join(directory, "dist"), "--logLevel", "warn"],
    source,
  );
  for (const document of DOCUMENTS) {
    await cp(join(source, document), join(directory, document)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT" || document !== "THIRD_PARTY_NOTICES") throw error;
    });
  }
  const manifest = await publishedManifest(JSON.parse(await readFile(join(source, "package.json"), "utf8")));
  await writeFile(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return { directory, manifest };
}

/** The manifest as a registry gets it: real versions, and nothing that only this workspace can use. */
async function publishedManifest(manifest: Manifest): Promise<Manifest> {
  const { catalog } = parse(await readFile(join(root, "pnpm-workspace.yaml"), "utf8"));
  const { devDependencies: _workspaceOnly, exports, files, ...rest } = manifest;
  const published: Record<string, unknown> = {
    ...rest,
    exports: withoutSources(exports),
    files: [...(files as string[]), "THIRD_PARTY_NOTICES"],
  };
  for (const field of ["dependencies", "peerDependencies"]) {
    const ranges = manifest[field] as Readonly<Record<string, string>> | undefined;
    if (ranges === undefined) continue;
    const resolved = Object.entries(ranges).map(([dependency, range]) => {
      if (range === "workspace:^") return [dependency, `^${manifest.version}`];
      return [dependency, range === "catalog:" ? catalog[dependency] : range];
    });
    published[field] = Object.fromEntries(resolved);
  }
  return published as Manifest;
}

/** The source condition is for this workspace: in a tarball it would point at files that are not there. */
function withoutSources(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([condition]) => condition !== "@worker-watchdog/source");
  return Object.fromEntries(kept.map(([condition, target]) => [condition, withoutSources(target)]));
}

async function lint(name: string, tarball: string, manifest: Manifest): Promise<void> {
  const { buffer } = new Uint8Array(await readFile(tarball));
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
  if (messages.length === 0) return;
  throw new Error(`publint on ${name}:\n${messages.map((message) => formatMessage(message, manifest)).join("\n")}`);
}

async function npmPack(name: string, directory: string, outDirectory: string): Promise<string> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", outDirectory];
  const npm = npmCommand();
  const output = await run(`${name}: npm pack`, npm.command, [...npm.args, ...args], directory);
  const report: unknown = JSON.parse(output);
  const [entry] = Object.values(report as object) as { readonly filename: string }[];
  if (entry === undefined) throw new Error(`npm pack on ${name} reported no tarball: ${output}`);
  return join(outDirectory, basename(entry.filename));
}

/** npm as a user has it: the one that runs this program, else the one on PATH. */
export function npmCommand(): { readonly command: string; readonly args: readonly string[] } {
  const running = process.env["npm_execpath"] ?? "";
  if (/npm-cli\.[cm]?js$/.test(running)) return { command: process.execPath, args: [running] };
  return { command: process.platform === "win32" ? "npm.cmd" : "npm", args: [] };
}

async function run(what: string, command: string, args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], shell: command.endsWith(".cmd") });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${`${stdout}${stderr}`.slice(0, MAX_OUTPUT)}`);
  return stdout;
}
