/** Where things are in this repository. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root folder. */
export const REPOSITORY: string = fileURLToPath(new URL("../../", import.meta.url));

/** Node finds the workspace's packages as TypeScript sources with it. */
export const SOURCE_CONDITION = "--conditions=@worker-watchdog/source";

/** A path under the root. */
export function repositoryPath(...parts: readonly string[]): string {
  return join(REPOSITORY, ...parts);
}

/** A program of the workspace's development dependencies. */
export function toolPath(name: string): string {
  return repositoryPath("node_modules/.bin", process.platform === "win32" ? `${name}.cmd` : name);
}

/** pnpm, as the bootstrap installed it. */
export const PNPM_SCRIPT: string = repositoryPath("tools/bootstrap/node_modules/pnpm/bin/pnpm.mjs");
