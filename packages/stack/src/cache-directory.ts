/** Where built servers are kept for next time. */
import { homedir } from "node:os";
import { join } from "node:path";

/** `WATCHDOG_CACHE_DIR`, or a folder of our own in the system's folder for caches. */
export function cacheDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env["WATCHDOG_CACHE_DIR"]) return env["WATCHDOG_CACHE_DIR"];
  if (env["XDG_CACHE_HOME"]) return join(env["XDG_CACHE_HOME"], "worker-watchdog");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "worker-watchdog");
  if (platform === "win32" && env["LOCALAPPDATA"]) return join(env["LOCALAPPDATA"], "worker-watchdog", "Cache");
  return join(homedir(), ".cache", "worker-watchdog");
}
