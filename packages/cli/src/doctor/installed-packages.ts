/** Finds the OpenTelemetry packages that the project in a folder can load: each copy, wherever it lies in a `node_modules`. */
import { type Dirent, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** One copy of a package. */
export interface PackageCopy {
  readonly name: string;
  readonly version: string;
  /** Its folder, with links resolved. */
  readonly folder: string;
}

const SCOPE = "@opentelemetry";
/** A dependency of a dependency of a dependency: deeper is nobody's project. */
const MAX_DEPTH = 12;
/** A very large project has some thousands of packages. */
const MAX_FOLDERS = 50_000;

/** Every copy of an OpenTelemetry package below the `node_modules` of `directory` and of its parents. */
export function installedPackages(directory: string): readonly PackageCopy[] {
  const copies = new Map<string, PackageCopy>();
  const seen = new Set<string>();
  const visit = (modules: string, depth: number): void => {
    if (depth > MAX_DEPTH || seen.size > MAX_FOLDERS) return;
    const real = realPath(modules);
    if (real === undefined || seen.has(real)) return;
    seen.add(real);
    for (const entry of entries(real)) {
      if (entry.name === ".bin" || entry.name === ".cache") continue;
      const path = join(real, entry.name);
      // pnpm keeps every package, with its own dependencies beside it, below `.pnpm`.
      if (entry.name === ".pnpm")
        for (const inner of entries(path)) visit(join(path, inner.name, "node_modules"), depth);
      else if (entry.name.startsWith("@"))
        for (const inner of entries(path)) take(join(path, inner.name), `${entry.name}/${inner.name}`, depth);
      else take(path, entry.name, depth);
    }
  };
  const take = (path: string, name: string, depth: number): void => {
    const folder = realPath(path);
    if (folder === undefined) return;
    if (name.startsWith(`${SCOPE}/`)) {
      const version = versionOf(folder);
      if (version !== undefined) copies.set(folder, { name, version, folder });
    }
    visit(join(folder, "node_modules"), depth + 1);
    // A linked package finds its dependencies beside its real place.
    if (folder !== path) visit(dirname(name.startsWith("@") ? dirname(folder) : folder), depth + 1);
  };
  for (let at = directory; ; at = dirname(at)) {
    visit(join(at, "node_modules"), 0);
    if (dirname(at) === at) break;
  }
  return [...copies.values()].sort((left, right) => left.name.localeCompare(right.name));
}

/** The names of the packages that the project itself asks for. */
export function ownDependencies(directory: string): ReadonlySet<string> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    const { dependencies, devDependencies } = manifest as Readonly<Record<string, Readonly<Record<string, string>>>>;
    return new Set(Object.keys({ ...devDependencies, ...dependencies }));
  } catch {
    return new Set();
  }
}

function versionOf(folder: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      readonly version?: unknown;
    };
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

function entries(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() || entry.isSymbolicLink(),
    );
  } catch {
    return [];
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
