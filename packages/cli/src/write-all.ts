/** Writes many files, all or none: everything is staged beside its target first, and only then put in place. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What happened to a file. */
export interface WriteResult {
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
}

/**
 * Writes `files` (path relative to `folder` to content) that differ from what is there. If one can not be staged, none is written.
 *
 * @throws the file system's error.
 */
export async function writeAll(folder: string, files: ReadonlyMap<string, string>): Promise<WriteResult> {
  const changed: string[] = [];
  const unchanged: string[] = [];
  for (const [path, content] of files) {
    const same = (await readText(join(folder, path))) === content;
    (same ? unchanged : changed).push(path);
  }
  const staged = new Map<string, string>();
  try {
    for (const path of changed) {
      const target = join(folder, path);
      const stage = `${target}.${process.pid}.staged`;
      await mkdir(dirname(target), { recursive: true });
      staged.set(stage, target);
      await writeFile(stage, files.get(path) ?? "");
    }
    for (const [stage, target] of staged) await rename(stage, target);
  } catch (error) {
    await Promise.all([...staged.keys()].map((stage) => rm(stage, { force: true })));
    throw error;
  }
  return { changed, unchanged };
}

/** The text of a file; `undefined` where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
