/** The example as a user runs it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

it("does both jobs, skips the upload without a slot, adds the missing kind, and shows its status", async () => {
  const child = spawn(process.execPath, ["--conditions=@worker-watchdog/source", MAIN], {
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code, output).toBe(0);
  expect(output).toContain("jobs: sales-report completed, stock-report completed");
  expect(output.match(/^watchdog: complete ok$/gm)).toHaveLength(2);
  expect(output).toContain("watchdog: upload skipped: the job has no deliverable id");
  expect(output).toContain("watchdog: claim ok: no job");
  expect(output).toMatch(/^shell\/shell-1\n {2}health {5}idle$/m);
  expect(output).not.toMatch(/not sent|refused|failed/);
}, 120_000);
