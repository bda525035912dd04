import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const POLL_MILLIS = 250;
/** A holder that has not yet written its process id after this time never will. */
const UNWRITTEN_MILLIS = 5_000;

/**
 * Runs an action while no other process of this machine holds the same lock; one that died loses it.
 *
 * @template T
 * @param {string} directory Made to take the lock.
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withDirectoryLock(directory, action) {
  for (let waited = false; !take(directory); waited = true) {
    if (isAbandoned(directory)) {
      rmSync(directory, { recursive: true, force: true });
      continue;
    }
    if (!waited) console.error("Waiting for another command in this folder, which is installing…");
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
  try {
    return await action();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function take(directory) {
  try {
    mkdirSync(directory);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(directory, "pid"), String(process.pid));
  return true;
}

function isAbandoned(directory) {
  try {
    process.kill(Number(readFileSync(join(directory, "pid"), "utf8") || Number.NaN), 0);
    return false;
  } catch (error) {
    if (error.code === "ESRCH") return true;
    if (error.code === "EPERM") return false;
  }
  try {
    return Date.now() - statSync(directory).mtimeMs > UNWRITTEN_MILLIS;
  } catch {
    return false;
  }
}
