/** Lets one process build a thing while others wait, and takes over from one that died. */
import { randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";

/** Released when the build is over. */
export interface BuildLock {
  release(): Promise<void>;
}

/** How waiting behaves; the defaults suit a build of minutes. */
export interface BuildLockOptions {
  /** Told once, with the process id of the holder, when there is something to wait for. */
  readonly onWait?: ((holder: string) => void) | undefined;
  /** A holder that did not touch the lock for so long is taken for dead. Default: 30 s. */
  readonly staleMillis?: number | undefined;
  /** How often to look. Default: 300 ms. */
  readonly pollMillis?: number | undefined;
}

/**
 * Waits for the lock and takes it.
 *
 * Two waiters may both take over from a dead holder in the same instant. That costs a second build and nothing else,
 * because a finished build is renamed into place as a whole.
 */
export async function acquireBuildLock(file: string, options: BuildLockOptions = {}): Promise<BuildLock> {
  const { staleMillis = 30_000, pollMillis = 300 } = options;
  const token = randomUUID();
  const content = JSON.stringify({ pid: process.pid, host: hostname(), token });
  for (let waited = false; !(await create(file, content)); waited = true) {
    const holder = await readHolder(file);
    if (await isStale(file, holder, staleMillis)) {
      await rm(file, { force: true });
      continue;
    }
    if (!waited) options.onWait?.(holder === undefined ? "another process" : `process ${holder.pid}`);
    await new Promise((resolve) => setTimeout(resolve, pollMillis));
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, staleMillis / 3);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      // Somebody may have taken over while this machine slept; their lock stays.
      if ((await readFile(file, "utf8").catch(() => "")) === content) await rm(file, { force: true });
    },
  };
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<{ pid: number; host: string } | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    // Just released, or just created and not yet written.
    return undefined;
  }
}

async function isStale(
  file: string,
  holder: { pid: number; host: string } | undefined,
  staleMillis: number,
): Promise<boolean> {
  if (holder !== undefined && holder.host === hostname() && !isAlive(holder.pid)) return true;
  const age = await stat(file).then(
    (found) => Date.now() - found.mtimeMs,
    () => 0,
  );
  return age > staleMillis;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
