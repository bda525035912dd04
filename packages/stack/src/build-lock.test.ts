import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireBuildLock } from "./build-lock.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "build-lock-"));
  file = join(directory, "lock");
});
afterEach(() => rm(directory, { recursive: true }));

describe("acquireBuildLock", () => {
  it("lets the second wait until the first released, and names the holder once", async () => {
    const first = await acquireBuildLock(file);
    const order: string[] = [];
    const second = acquireBuildLock(file, { pollMillis: 1, onWait: (holder) => order.push(`waits for ${holder}`) });
    await expect.poll(() => order).toEqual([`waits for process ${process.pid}`]);
    order.push("released");
    await first.release();
    await (await second).release();
    expect(order).toEqual([`waits for process ${process.pid}`, "released"]);
    expect(await readdir(directory)).toEqual([]);
  });

  it("takes over from a process that is gone", async () => {
    // Process ids end at 2^22 on Linux.
    await writeFile(file, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: "gone" }));
    await (await acquireBuildLock(file)).release();
  });

  it("takes over from another machine's process that stopped touching the lock", async () => {
    await writeFile(file, JSON.stringify({ pid: process.pid, host: "another-machine", token: "silent" }));
    const longAgo = new Date(Date.now() - 31_000);
    await utimes(file, longAgo, longAgo);
    await (await acquireBuildLock(file)).release();
  });

  it("leaves a lock alone that somebody else took over meanwhile", async () => {
    const lock = await acquireBuildLock(file);
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname(), token: "somebody else" }));
    await lock.release();
    expect(await readdir(directory)).toEqual(["lock"]);
  });
});
