/** Says which process may hold the lock of a journal, as far as this machine tells. */
import { readFileSync, readlinkSync, statSync } from "node:fs";
import { basename } from "node:path";

/** One line of `/proc/locks`: kind, mode, process, and the device and inode of the file. */
const LOCK = /^\d+: POSIX +ADVISORY +WRITE (?<pid>\d+) [0-9a-f]+:[0-9a-f]+:(?<inode>\d+) /;

/** The processes that hold a write lock of the file, in words; else how to find them. */
export function lockHolder(file: string): string {
  const pids = new Set(holders([file, `${file}-shm`]));
  if (pids.size === 0) return `\`lsof ${file}\` lists the processes that have it open`;
  return [...pids].map((pid) => `${describe(pid)} may hold the lock`).join(", ");
}

function holders(files: readonly string[]): readonly number[] {
  try {
    const inodes = new Set(files.map((file) => String(statSync(file, { throwIfNoEntry: false })?.ino)));
    return readFileSync("/proc/locks", "utf8")
      .split("\n")
      .map((line) => LOCK.exec(line)?.groups)
      .flatMap((lock) => (lock !== undefined && inodes.has(lock["inode"] ?? "") ? [Number(lock["pid"])] : []));
  } catch {
    // Only Linux has the list.
    return [];
  }
}

function describe(pid: number): string {
  return pid === process.pid ? "another connection of this process" : `process ${pid}${nameOf(pid)}`;
}

/** The program's name alone: its arguments may hold a secret. */
function nameOf(pid: number): string {
  try {
    return ` (${basename(readlinkSync(`/proc/${pid}/exe`))})`;
  } catch {
    return "";
  }
}
