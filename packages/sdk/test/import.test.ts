import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

/** What takes 5 to 20 ms to load each, and is only asked for when it is used. The whole import has 30 ms: `npm run bench -- phase`. */
const DEAR = ["http", "https", "tls", "child_process", "sqlite", "worker_threads", "inspector"];

it("importing the library starts nothing, and loads nothing dear", { timeout: 60_000 }, async () => {
  const program = `
    const before = new Set(process.moduleLoadList);
    await import(${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)});
    const loaded = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.replace("NativeModule ", ""));
    const { _getActiveHandles: handles, _getActiveRequests: requests } = process;
    console.log(JSON.stringify({ loaded, active: [...handles(), ...requests()].length, exit: process.listenerCount("beforeExit") }));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@worker-watchdog/source", "--input-type=module", "--eval", program],
    { cwd: fileURLToPath(new URL(".", import.meta.url)) },
  );
  const { loaded, active, exit } = JSON.parse(stdout) as { loaded: string[]; active: number; exit: number };
  expect(loaded.filter((name) => DEAR.includes(name))).toEqual([]);
  expect(exit).toBe(0);
  // Its own output, where that is a pipe.
  expect(active).toBeLessThanOrEqual(2);
});
