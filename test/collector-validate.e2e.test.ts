/** The real Collector takes what we ship and what users may add, and refuses what is wrong, for the stated reason. */
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { provideServers } from "@worker-watchdog/stack";
import { beforeAll, expect, it } from "vitest";

const BUILD_TIMEOUT_MILLIS = 900_000;
const directory = fileURLToPath(new URL("../collector/", import.meta.url));
const testdata = globSync("testdata/*.yaml", { cwd: directory }).sort();
const good = testdata.filter((file) => file.endsWith(".good.yaml"));
const bad = testdata.filter((file) => file.endsWith(".bad.yaml"));
let collector: string;

beforeAll(async () => {
  collector = (await provideServers({ names: ["collector"] })).collector.path;
}, BUILD_TIMEOUT_MILLIS);

/** What `validate` printed; empty when it is content. */
function validate(files: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const args = ["validate", ...files.map((file) => `--config=${join(directory, file)}`)];
  return new Promise((resolve) => {
    execFile(collector, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve(error === null ? "" : `${stdout}${stderr}` || error.message);
    });
  });
}

it("takes what we ship", async () => {
  expect(await validate(["worker-watchdog.yaml"])).toBe("");
  const forward = ["worker-watchdog.yaml", "forward-otlp.yaml"];
  expect(await validate(forward, { WATCHDOG_FORWARD_OTLP_ENDPOINT: "http://127.0.0.1:4418" })).toBe("");
  expect(await validate(forward, { WATCHDOG_FORWARD_OTLP_ENDPOINT: "" })).toContain("at least one endpoint");
});

it("has files to take and files to refuse", () => {
  expect([good.length, bad.length]).toEqual([3, 6]);
  expect(good.length + bad.length).toBe(testdata.length);
});

it.each(good.map((file) => [basename(file), file]))("takes %s on top", async (_, file) => {
  expect(await validate(["worker-watchdog.yaml", file])).toBe("");
});

it.each(bad.map((file) => [basename(file), file]))(
  "refuses %s on top, for the reason that it states",
  async (_, file) => {
    const expected = /^# expect: (.+)$/m.exec(readFileSync(join(directory, file), "utf8"))?.[1];
    expect(expected, `${file} states no reason`).toBeDefined();
    expect(await validate(["worker-watchdog.yaml", file])).toContain(expected);
  },
);
