/** Makes a new journal so that no other process, and no crash, ever sees a half-made one. */
import { randomUUID } from "node:crypto";
import { linkSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { newDatabase } from "./new-database.ts";
import { CREATE, PAGE_BYTES } from "./schema.ts";

/** File systems without hard links, such as exFAT. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** Makes the journal under another name and links it to `file`, unless another process was first. */
export function createFile(file: string): void {
  removeAbandoned(file);
  const draft = `${file}.${process.pid}-${randomUUID().slice(0, 8)}.new`;
  try {
    const database = newDatabase(draft);
    try {
      database.exec(
        `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; BEGIN; ${CREATE} COMMIT;`,
      );
    } finally {
      database.close();
    }
    linkSync(draft, file);
  } catch (error) {
    // Without links it is made in place, by the migration from nothing.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST" && !NO_LINKS.has(code ?? "")) throw error;
  } finally {
    remove(draft);
  }
}

/** Removes the drafts of processes that were killed meanwhile. */
export function removeAbandoned(file: string): void {
  const start = `${basename(file)}.`;
  for (const name of readdirSync(dirname(file))) {
    const pid =
      name.startsWith(start) && /^(\d+)-[0-9a-f]{8}\.new(?:-wal|-shm|-journal)?$/.exec(name.slice(start.length))?.[1];
    if (typeof pid === "string" && !isAlive(Number(pid))) rmSync(join(dirname(file), name), { force: true });
  }
}

function remove(draft: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${draft}${suffix}`, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
