/** Writes and removes many files, all or none: everything is staged beside its target first, and only then put in place. */
import { chmod, copyFile, mkdir, readdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** One change to a file. */
export interface FileChange {
  /** Absolute. */
  readonly path: string;
  /** The new text; `undefined` removes the file. */
  readonly content: string | undefined;
}

/** What lies beside a target while it is changed, with the process that put it there. */
const BESIDE = /^\..+\.(\d+)\.(?:staged|before)$/;

interface Step extends FileChange {
  /** The new text, waiting. */
  readonly staged: string;
  /** The old file, until all is done. */
  readonly before: string;
  readonly isNew: boolean;
}

/**
 * Makes every change, or leaves every file as it was. A process that is killed half-way leaves each file whole, old or new; the next call
 * clears what lies beside them.
 *
 * @throws the file system's error, with every file as it was.
 */
export async function writeAll(changes: readonly FileChange[]): Promise<void> {
  const steps: Step[] = [];
  const replaced: Step[] = [];
  try {
    for (const change of changes) steps.push(await stage(change));
    for (const step of steps) {
      await (step.content === undefined ? rm(step.path) : rename(step.staged, step.path));
      replaced.push(step);
    }
  } catch (error) {
    for (const { path, before, isNew } of replaced.toReversed()) {
      await (isNew ? rm(path, { force: true }) : rename(before, path));
    }
    throw error;
  } finally {
    await Promise.all([...new Set(changes.map(({ path }) => dirname(path)))].map(clearBeside));
  }
}

async function stage({ path: named, content }: FileChange): Promise<Step> {
  // What a link leads to is changed, not the link.
  const path = await realpath(named).catch(() => named);
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const beside = join(folder, `.${basename(path)}.${process.pid}`);
  const step = { path, content, staged: `${beside}.staged`, before: `${beside}.before` };
  const mode = (await stat(path).catch(() => undefined))?.mode;
  if (mode !== undefined) await copyFile(path, step.before);
  await writeFile(step.staged, content ?? "");
  if (mode !== undefined) await chmod(step.staged, mode);
  return { ...step, isNew: mode === undefined };
}

/** Removes what this process put beside targets, and what one that is gone left there. */
async function clearBeside(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const process = BESIDE.exec(name)?.[1];
    if (process !== undefined && !isOther(Number(process))) await rm(join(folder, name), { force: true });
  }
}

/** Whether it is another process, and it lives. */
function isOther(id: number): boolean {
  if (id === process.pid) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
