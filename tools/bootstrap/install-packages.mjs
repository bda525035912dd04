import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError } from "./bootstrap-error.mjs";
import { withDirectoryLock } from "./directory-lock.mjs";
import { lastLines, runQuietly } from "./run-quietly.mjs";
import { hashOf, isStamped, stamp } from "./stamp.mjs";

/**
 * Installs the workspace's packages as the lock file says, unless that is done.
 *
 * @param {string} repository
 * @param {{ node: string, pnpm: string }} tools
 * @param {NodeJS.ProcessEnv} env
 */
export async function installPackages(repository, tools, env) {
  const manifests = ["packages", "examples"]
    .flatMap((folder) =>
      readdirSync(join(repository, folder)).map((name) => join(repository, folder, name, "package.json")),
    )
    .filter((file) => existsSync(file));
  const inputs = ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml"].map((name) => join(repository, name));
  const hash = hashOf([process.platform, process.arch], [...inputs, ...manifests]);
  const stampFile = join(repository, "node_modules", ".installed");
  if (isStamped(stampFile, hash)) return;
  await withDirectoryLock(join(repository, "tools", "bootstrap", ".lock"), async () => {
    if (isStamped(stampFile, hash)) return;
    console.error("Installing the packages of pnpm-lock.yaml…");
    const args = ["install", "--frozen-lockfile", "--reporter=append-only"];
    // CI: never a question that nobody sees.
    const options = { cwd: repository, env: { ...env, CI: "true" } };
    const { exitCode, output } = await runQuietly(tools.node, [tools.pnpm, ...args], options);
    if (exitCode === 0) {
      stamp(stampFile, hash);
      return;
    }
    throw new BootstrapError(
      `\`pnpm ${args.join(" ")}\` failed (exit code ${exitCode ?? "none"}):\n${lastLines(output)}\n` +
        (output.includes("ERR_PNPM_OUTDATED_LOCKFILE")
          ? `A package.json was changed: run \`node ${tools.pnpm} install\` and commit pnpm-lock.yaml.`
          : "If the npm registry could not be reached, check the network and .npmrc, and run this again."),
    );
  });
}
