import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../src/run-command.ts";

let directory: string;
let out: string[];
let err: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchdog-generate-"));
  out = [];
  err = [];
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<number> => {
  out = [];
  err = [];
  const context = { directory, print: (line: string) => out.push(line), complain: (line: string) => err.push(line) };
  return runCommand(["generate", ...args], context);
};

const policyFile = (text: string): Promise<void> =>
  writeFile(join(directory, "watchdog.yaml"), `version: codex_session_watchdog_v1\n${text}`);

const at = (path: string): string => join(directory, path);
const read = (path: string): Promise<string> => readFile(at(path), "utf8");
const edit = async (path: string): Promise<void> => writeFile(at(path), `${await read(path)}\n`);

/** Every file below the folder with its content. */
async function tree(): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.sort().map(async (file) => [file, await readFile(file, "utf8")])));
}

const RULES = "prometheus-rules/worker-watchdog.rules.yml";
const PAGE = "prometheus-rules/worker-watchdog.tmpl";
const RUNBOOK = "prometheus-rules/runbooks/lease_expired.md";
const DASHBOARD = "grafana-dashboards/worker-watchdog-fleet.json";

test("writes everything, then finds nothing to do, and --check agrees", async () => {
  await policyFile("owner: reports_team\n");
  expect(await run("--out", "made")).toBe(0);
  expect(out.at(-1)).toMatch(/^\d+ written, 0 up to date, from watchdog.yaml$/);
  expect(await run("--out", "made")).toBe(0);
  expect(out).toEqual([expect.stringMatching(/^0 written, \d+ up to date/)]);
  expect(await run("--out", "made", "--check")).toBe(0);
  expect(await read(`made/${RULES}`)).toContain("owner: reports_team");
});

test("the platform's line ends are no change", async () => {
  await run();
  await writeFile(at(RULES), (await read(RULES)).replaceAll("\n", "\r\n"));
  expect(await run("--check")).toBe(0);
});

test("--check names stale, missing, left and changed files, writes nothing, and exits 1", async () => {
  await run();
  await rm(at("prometheus-rules/alertmanager.yml"));
  await edit(RUNBOOK);
  await policyFile("thresholds:\n  repeated_no_job_warn_count: 4\n");
  const before = await tree();
  expect(await run("--check")).toBe(1);
  expect(err).toContain("missing: prometheus-rules/alertmanager.yml");
  expect(err).toContain(`stale: ${RULES}`);
  expect(err).toContain(`stale: ${RUNBOOK} (changed by hand since it was generated)`);
  expect(await tree()).toEqual(before);
});

test("a policy with an error writes nothing and names file, line and key", async () => {
  await policyFile("thresholds:\n  repeated_no_job_warn_count: many\n");
  expect(await run()).toBe(1);
  expect(err.join("\n")).toMatch(/watchdog\.yaml:3: thresholds\.repeated_no_job_warn_count: found .*allowed/);
  expect(await readdir(directory)).toEqual(["watchdog.yaml"]);
});

const TESTDATA = join(import.meta.dirname, "../../sdk/src/policy/testdata");

test("every bad policy of the testdata is refused before any file is written", async () => {
  const bad = (await readdir(TESTDATA)).filter((name) => name.endsWith(".bad.yaml"));
  expect(bad.length).toBeGreaterThan(20);
  for (const name of bad) {
    expect([name, await run("--policy", join(TESTDATA, name), "--force")]).toEqual([name, 1]);
    expect(err.join("\n")).toMatch(/found .+, allowed .+/);
  }
  expect(await readdir(directory)).toEqual([]);
});

test("R3.1: the policy as others write it, with keys of other loaders, is checked and generated as it is", async () => {
  const written = await readFile(join(TESTDATA, "codex_session_watchdog_v1.yaml"), "utf8");
  const others = ["mcp_tool_timeout_seconds: 120", "generation_image_timeout_seconds: 900", "watchdog_poll_seconds: 5"];
  await writeFile(
    at("watchdog.yaml"),
    `${written}\nruntime_controls:\n${others.map((line) => `  ${line}\n`).join("")}`,
  );
  expect(await run("--out", "theirs")).toBe(0);
  expect(err.filter((line) => line.startsWith("warning: "))).toHaveLength(others.length);
  for (const line of others)
    expect(err.join("\n")).toContain(`runtime_controls.${line.split(":")[0]}: not read by the watchdog`);
  const complaints: string[] = [];
  const printed: string[] = [];
  const context = {
    directory,
    print: (line: string) => printed.push(line),
    complain: (line: string) => complaints.push(line),
  };
  expect(await runCommand(["check"], context)).toBe(0);
  expect(complaints).toEqual(err);
  expect(printed.join("\n")).toContain("  thresholds.lease_keepalive_minutes\n");
  expect(printed.filter((line) => /^(?:warn|fail)/.test(line))).toEqual([]);
  // It says the defaults, so it gives the same files as no policy at all.
  await rm(at("watchdog.yaml"));
  await run("--out", "ours");
  const withoutHeader = (text: string) => text.replace(/Generated by[^\n]*/, "");
  for (const path of [RULES, "prometheus-rules/alertmanager.yml", RUNBOOK]) {
    expect(withoutHeader(await read(`theirs/${path}`))).toBe(withoutHeader(await read(`ours/${path}`)));
  }
});

describe("what a person changed", () => {
  test.each([RULES, PAGE, RUNBOOK, DASHBOARD])("%s is named and kept; --force overwrites it", async (path) => {
    await run();
    await edit(path);
    await policyFile("owner: reports_team\n");
    const before = await tree();
    expect(await run()).toBe(1);
    expect(err[0]).toBe(`${path}: changed by hand since it was generated`);
    expect(err.join("\n")).toContain("--diff");
    expect(err.join("\n")).toContain("--force");
    expect(await tree()).toEqual(before);
    expect(await run("--force")).toBe(0);
    expect(await run("--check")).toBe(0);
  });

  test("a file that something else made is not overwritten either", async () => {
    await mkdir(at("prometheus-rules"));
    await writeFile(at("prometheus-rules/alertmanager.yml"), "route: { receiver: mine }\n");
    expect(await run()).toBe(1);
    expect(err[0]).toBe("prometheus-rules/alertmanager.yml: not written by `watchdog generate`");
    expect(await readdir(directory)).toEqual(["prometheus-rules"]);
  });

  test("a change that is what the policy says now is no conflict", async () => {
    await policyFile("owner: reports_team\n");
    await run();
    const wanted = await read(RULES);
    await run("--policy", at("watchdog.yaml"));
    await writeFile(at(RULES), wanted);
    expect(await run()).toBe(0);
  });
});

describe("what an earlier policy gave", () => {
  const OLD = "prometheus-rules/worker-watchdog-old.rules.yml";

  /** A file as an earlier release would have left it: sealed for its own path. */
  async function leave(): Promise<void> {
    const { sealed, headerText } = await import("../../monitoring/src/file-header.ts");
    await writeFile(at(OLD), sealed(OLD, `# ${headerText({ source: "watchdog.yaml" })}\ngroups: []\n`));
  }

  test("is removed, and --check and --diff say so before", async () => {
    await run();
    await leave();
    expect(await run("--check")).toBe(1);
    expect(err[0]).toBe(`left over: ${OLD}`);
    expect(await run("--diff")).toBe(1);
    expect(out.slice(0, 2)).toEqual([`--- a/${OLD}`, "+++ /dev/null"]);
    expect(await run()).toBe(0);
    expect(out[0]).toBe(`removed ${OLD}`);
    expect(await readdir(at("prometheus-rules"))).not.toContain("worker-watchdog-old.rules.yml");
    expect(await run("--check")).toBe(0);
  });

  test("is named and kept where a person changed it, and where a person copied or renamed it", async () => {
    await run();
    await leave();
    await edit(OLD);
    await rename(at(RUNBOOK), at("prometheus-rules/runbooks/ours.md"));
    await writeFile(at("prometheus-rules/own.rules.yml"), "groups: []\n");
    expect(await run()).toBe(0);
    expect(out).toContain(`left ${OLD}: the policy gives it no longer, and it was changed by hand`);
    expect(await readdir(at("prometheus-rules"))).toEqual(
      expect.arrayContaining(["worker-watchdog-old.rules.yml", "own.rules.yml"]),
    );
    expect(await readdir(at("prometheus-rules/runbooks"))).toContain("ours.md");
  });
});

describe("all or none", () => {
  test("a file where a folder must be", async () => {
    await run();
    await rm(at("grafana-dashboards"), { recursive: true });
    await writeFile(at("grafana-dashboards"), "a file where a folder must be");
    await policyFile("owner: reports_team\n");
    const before = await tree();
    expect(await run("--force")).toBe(1);
    expect(err[0]).toMatch(/^grafana-dashboards\/.*: no file, and not a place for one$/);
    expect(await tree()).toEqual(before);
  });

  test("a folder where a file must be", async () => {
    await run();
    await rm(at(DASHBOARD));
    await mkdir(at(DASHBOARD));
    await policyFile("owner: reports_team\n");
    const before = await tree();
    expect(await run("--force")).toBe(1);
    expect(err).toContain(`${DASHBOARD}: no file, and not a place for one`);
    expect(await tree()).toEqual(before);
  });

  test("a folder that can not be written", async () => {
    // No mode keeps root out, but nobody makes folders there.
    const isRoot = process.getuid?.() === 0;
    await run();
    await policyFile("owner: reports_team\n");
    const before = await tree();
    await chmod(at("grafana-dashboards"), 0o555);
    const code = await run("--out", isRoot ? "/sys" : ".").finally(() => chmod(at("grafana-dashboards"), 0o755));
    expect(code).toBe(1);
    expect(err.join("\n")).toMatch(/EACCES|EPERM|EROFS/);
    expect(await tree()).toEqual(before);
  });
});

describe("--diff", () => {
  test("shows what would change and writes nothing; nothing to show is exit code 0", async () => {
    await run();
    expect(await run("--diff")).toBe(0);
    expect(out).toEqual([]);
    await policyFile("thresholds:\n  lease_expired_grace_seconds: 77\n");
    const before = await tree();
    expect(await run("--diff")).toBe(1);
    expect(out).toContain(`--- a/${RULES}`);
    expect(out.some((line) => /^\+.*time\(\) - 77$/.test(line))).toBe(true);
    expect(out.some((line) => /^-.*time\(\) - 60$/.test(line))).toBe(true);
    expect(out.join("\n")).not.toContain("\u001b[");
    expect(await tree()).toEqual(before);
  });

  test("is a patch that git applies, and the result is what generate writes", async () => {
    await run();
    await policyFile("owner: reports_team\n");
    await run("--diff");
    await writeFile(at("change.patch"), `${out.join("\n")}\n`);
    await promisify(execFile)("git", ["apply", "change.patch"], { cwd: directory });
    expect(await run("--check")).toBe(0);
  });

  test("says whose change would be lost, and colours on a terminal", async () => {
    await run();
    await edit(RUNBOOK);
    expect(await run("--diff")).toBe(1);
    expect(out[0]).toBe(`# ${RUNBOOK}: changed by hand since it was generated`);
    const coloured: string[] = [];
    const print = (line: string) => coloured.push(line);
    await runCommand(["generate", "--diff"], { directory, print, complain: print, isColoured: true });
    expect(coloured).toContain(`\u001b[1m--- a/${RUNBOOK}\u001b[0m`);
    expect(coloured).toContain("\u001b[31m-\u001b[0m");
  });
});

describe("--format prometheus-rule", () => {
  test("prints the resources, or writes them beside everything else", async () => {
    expect(await run("--format", "prometheus-rule", "--namespace", "workers", "--labels", "release=prom,team=a")).toBe(
      0,
    );
    const printed = out.join("\n");
    expect(printed).toContain("kind: PrometheusRule\n");
    expect(printed).toContain("  namespace: workers\n");
    expect(printed).toContain("    release: prom\n    team: a\n");
    expect(await readdir(directory)).toEqual([]);
    expect(await run("--format", "prometheus-rule", "--out", ".")).toBe(0);
    expect(await readdir(at("kubernetes"))).toContain("worker-watchdog.yaml");
    expect(await run()).toBe(0);
    expect(out.join("\n")).not.toContain("removed");
    expect(await run("--format", "prometheus-rule", "--check")).toBe(0);
  });

  test.each([
    [["--format", "helm"], "found --format helm, allowed files or prometheus-rule"],
    [["--check", "--force"], "found --check and --force, allowed one of --check, --diff and --force"],
    [["--namespace", "a"], "found --namespace, allowed it with --format prometheus-rule alone"],
    [["--labels", "a=b"], "found --labels, allowed it with --format prometheus-rule alone"],
    [["--format", "prometheus-rule", "--namespace", "A b"], "found --namespace A b, allowed 1 to 63 lower-case"],
    [["--format", "prometheus-rule", "--labels", "a"], "found --labels a, allowed labels of Kubernetes"],
    [["--format", "prometheus-rule", "--labels", "a=b=c"], "found --labels a=b=c, allowed labels of Kubernetes"],
  ])("%j is wrong usage", async (args, message) => {
    expect(await run(...args)).toBe(2);
    expect(err.join("\n")).toContain(message);
  });
});

test("another time zone, language, folder and process give the same bytes, in under a second", async () => {
  const main = join(import.meta.dirname, "../src/main.ts");
  const policy =
    "timezone: America/New_York\nowner: \u5831\u8868\nowners:\n  \u00e9quipe: {}\n  Zeta: {}\n  alpha: {}\n";
  await policyFile(policy);
  const millis: number[] = [];
  const generated = async (name: string, env: Record<string, string>): Promise<Record<string, string>> => {
    await mkdir(at(`${name}/here`), { recursive: true });
    const start = performance.now();
    await promisify(execFile)(
      process.execPath,
      ["--conditions=@worker-watchdog/source", main, "generate", "--policy", at("watchdog.yaml"), "--out", at(name)],
      { cwd: at(`${name}/here`), env: { PATH: process.env["PATH"], ...env } },
    );
    millis.push(performance.now() - start);
    const files = Object.entries(await tree()).filter(([path]) => path.startsWith(at(`${name}/`)));
    return Object.fromEntries(files.map(([path, content]) => [path.slice(at(name).length), content]));
  };
  const first = await generated("first", { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" });
  expect(Object.keys(first).length).toBeGreaterThan(30);
  expect(
    await generated("second", { TZ: "America/St_Johns", LANG: "C", NODE_OPTIONS: "--max-old-space-size=512" }),
  ).toEqual(first);
  const bytes = await readFile(at(`first/${RULES}`));
  expect(bytes.includes("\r")).toBe(false);
  // Under a second where a start takes a tenth of one; a busy machine stretches both.
  const starts = [await started(), await started()];
  expect(Math.min(...millis)).toBeLessThan(Math.max(1_000, 25 * Math.min(...starts)));
});

/** Milliseconds that the command takes to start and to say what it can do. */
async function started(): Promise<number> {
  const main = join(import.meta.dirname, "../src/main.ts");
  const start = performance.now();
  await promisify(execFile)(process.execPath, ["--conditions=@worker-watchdog/source", main, "--help"]);
  return performance.now() - start;
}
