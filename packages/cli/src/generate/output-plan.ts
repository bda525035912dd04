/** What generating would do to a folder: compares what the policy gives with what is there. Reads only. */
import { lstat, readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { sealOf } from "@worker-watchdog/monitoring";

/**
 * How a target stands: `current` is what the policy gives; `stale` and `left over` are as they were generated; `changed` was generated and
 * then changed by a person; `foreign` was never generated; `blocked` is no file.
 */
export type TargetState = "current" | "missing" | "stale" | "left over" | "changed" | "foreign" | "blocked";

/** One file that the policy gives, or that an earlier policy gave. */
export interface Target {
  /** Relative to the output folder, with `/`. */
  readonly path: string;
  readonly state: TargetState;
  /** What is there, where a text file is. */
  readonly found: string | undefined;
  /** What the policy gives; absent for a file that it gives no longer. */
  readonly wanted: string | undefined;
}

/** Endings of what is generated: nothing else is opened. */
const GENERATED = /\.(?:yml|yaml|json|md|tmpl)$/;

/** Compares `files` with `folder`, and looks in `roots` (folders of it that hold generated files) for what an earlier policy left. */
export async function planOutput(
  folder: string,
  files: ReadonlyMap<string, string>,
  roots: readonly string[],
): Promise<readonly Target[]> {
  const targets = await Promise.all(Array.from(files, ([path, wanted]) => targetOf(folder, path, wanted)));
  const others = (await Promise.all(roots.map((root) => generatedPaths(folder, root)))).flat();
  const left = await Promise.all(
    others.filter((path) => !files.has(path)).map((path) => targetOf(folder, path, undefined)),
  );
  return [...targets, ...left.filter(({ state }) => state !== "foreign" && state !== "missing")];
}

async function targetOf(folder: string, path: string, wanted: string | undefined): Promise<Target> {
  const found = await textAt(join(folder, path));
  if (found === undefined) return { path, state: "missing", found, wanted };
  if (typeof found !== "string") return { path, state: "blocked", found: undefined, wanted };
  return { path, state: stateOf(path, found, wanted), found, wanted };
}

function stateOf(path: string, found: string, wanted: string | undefined): TargetState {
  // The platform's line ends do not make a file another one.
  if (wanted !== undefined && found.replaceAll("\r\n", "\n") === wanted) return "current";
  const seal = sealOf(path, found);
  if (seal === "none") return "foreign";
  if (seal === "changed") return "changed";
  return wanted === undefined ? "left over" : "stale";
}

/** The text of a file; `undefined` where there is none; an object where something else is in its place. */
async function textAt(path: string): Promise<string | undefined | object> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return (await isDanglingLink(path)) ? {} : undefined;
    if (code === "EISDIR" || code === "ENOTDIR" || code === "ELOOP") return {};
    throw error;
  }
}

async function isDanglingLink(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true;
}

async function generatedPaths(folder: string, root: string): Promise<readonly string[]> {
  const entries = await readdir(join(folder, root), { withFileTypes: true }).catch(() => []);
  const paths = await Promise.all(
    entries.map(async (entry) => {
      const path = posix.join(root, entry.name);
      if (entry.isDirectory()) return await generatedPaths(folder, path);
      return entry.isFile() && GENERATED.test(entry.name) ? [path] : [];
    }),
  );
  return paths.flat().sort();
}
