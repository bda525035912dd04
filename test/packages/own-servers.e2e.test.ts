/** What the README says about servers of the reader's own, read by those servers' own programs. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generateFiles } from "@worker-watchdog/monitoring";
import { parsePolicy } from "@worker-watchdog/sdk/policy";
import { provideServers } from "@worker-watchdog/stack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blockBelow } from "./fenced-code.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
let folder: string;
let readme: string;
let ruleFiles: number;
let servers: Awaited<ReturnType<typeof provideServers<"promtool" | "amtool" | "collector">>>;

beforeAll(async () => {
  servers = await provideServers({ names: ["promtool", "amtool", "collector"] });
  readme = await readFile(join(root, "README.md"), "utf8");
  folder = await mkdtemp(join(tmpdir(), "own-servers-"));
  const policy = parsePolicy(blockBelow(readme, "## Your own worker in twenty lines", "yaml"));
  const files = generateFiles(policy);
  ruleFiles = [...files.keys()].filter((path) => path.endsWith(".rules.yml")).length;
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}, 900_000);

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
});

describe("the README's settings", () => {
  it("are a Prometheus configuration, with the rules of the README's policy", async () => {
    const settings = blockBelow(readme, "## Your own Collector, Prometheus and Alertmanager", "yaml");
    await writeFile(join(folder, "prometheus.yml"), settings);
    const { stdout } = await run(servers.promtool.path, ["check", "config", join(folder, "prometheus.yml")]);
    expect(stdout).toContain(`${ruleFiles} rule files found`);
    expect(stdout).toMatch(/prometheus\.yml is valid/);
  });

  it("give Alertmanager receivers whose addresses are in files: the pls_ops webhook and the dead man's switch", async () => {
    const file = join(folder, "prometheus-rules", "alertmanager.yml");
    await run(servers.amtool.path, ["check-config", file]);
    const text = await readFile(file, "utf8");
    for (const name of ["pls_ops", "dead-mans-switch"]) {
      expect(text).toContain(`url_file: /etc/alertmanager/secrets/${name}.url`);
    }
  });

  it("give a Collector that can also forward what it got", async () => {
    const files = ["worker-watchdog.yaml", "forward-otlp.yaml"].map(
      (name) => `--config=${join(root, "collector", name)}`,
    );
    const env = { ...process.env, WATCHDOG_FORWARD_OTLP_ENDPOINT: "http://127.0.0.1:4319" };
    await run(servers.collector.path, ["validate", ...files], { cwd: folder, env });
  });
});
