import { homedir } from "node:os";
import { expect, it } from "vitest";
import { cacheDirectory } from "./cache-directory.ts";

it.each([
  [{ WATCHDOG_CACHE_DIR: "/here", XDG_CACHE_HOME: "/xdg" }, "linux", "/here"],
  [{ XDG_CACHE_HOME: "/xdg" }, "linux", "/xdg/worker-watchdog"],
  [{}, "linux", `${homedir()}/.cache/worker-watchdog`],
  [{}, "darwin", `${homedir()}/Library/Caches/worker-watchdog`],
] as const)("with %j on %s caches in %s", (env, platform, expected) => {
  expect(cacheDirectory(env, platform)).toBe(expected);
});
