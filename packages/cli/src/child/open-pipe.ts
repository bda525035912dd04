/**
 * Real pipes for a child's output. Node gives a child sockets, and a shell can not open `/dev/stderr` or `/dev/stdout` again where that is a socket:
 * `echo … > /dev/stderr` would fail under us alone.
 */
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** A pipe: our end of it, and the child's. */
export interface Pipe {
  readonly source: Readable;
  /** File descriptor for the child; close it once the child has it. */
  readonly childEnd: number;
}

/** Opens `count` pipes. Undefined where the system has no `mkfifo`; Node's own are the next best then. Costs a few milliseconds. */
export function openPipes(count: number): readonly Pipe[] | undefined {
  let folder: string | undefined;
  const opened: number[] = [];
  const open = (path: string, flags: number): number => {
    const descriptor = openSync(path, flags);
    opened.push(descriptor);
    return descriptor;
  };
  try {
    folder = mkdtempSync(join(tmpdir(), "watchdog-pipe-"));
    const paths = Array.from({ length: count }, (_, index) => join(folder ?? "", String(index)));
    execFileSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore", timeout: 5_000 });
    return paths.map((path) => {
      // Without blocking: there is no writer yet.
      const ours = open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const childEnd = open(path, constants.O_WRONLY);
      return { source: new Socket({ fd: ours, readable: true, writable: false }), childEnd };
    });
  } catch {
    for (const descriptor of opened) closeSync(descriptor);
    return undefined;
  } finally {
    // The open ends are the pipes; their names are of no more use.
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
