/** The example as a user runs it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

it("R8.2, R8.3: tells the death once, blocks the job, and the next worker goes on with what was left", async () => {
  const child = spawn(process.execPath, ["--conditions=@worker-watchdog/source", MAIN], {
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += String(chunk);
    });
  }
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code, output).toBe(0);
  expect(output.match(/^watchdog: the session is dead: token_revoked/gm)).toHaveLength(1);
  expect(output).toContain("sign in again or add credit; job sales-report is blocked_on_session_death");
  expect(output).toMatch(/stuck {6}session_dead.*\n {2}next {7}reauthenticate_or_refill/);
  const predecessor = JSON.parse(/^successor: (.*)$/m.exec(output)?.[1] ?? "{}");
  expect(predecessor).toMatchObject({
    jobId: "sales-report",
    workerId: "agent-1",
    sessionClass: "token_revoked",
    git: { branch: "job/sales-report", commitCount: 1, uncommittedFiles: ["report.md"] },
  });
  expect(output).toContain("job: sales-report completed");
}, 120_000);
