/** Runs the worker on a queue with three jobs, kills it in the middle of the second one, and starts it again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startJobService } from "@worker-watchdog/example-job-service";

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
const jobs = ["job-1", "job-2", "job-3"];
const folder = await mkdtemp(join(tmpdir(), "library-worker-"));
const service = await startJobService();
for (const id of jobs) service.queue.add({ id, deliverableId: `slot-${id}` });

const first = start({ SLOW: "1" });
await said(first, "builds job-2");
first.kill("SIGKILL");
await once(first, "exit");
console.log("worker killed, and started again");
const [exitCode] = await once(start({}), "exit");

await service.close();
await rm(folder, { recursive: true });
const states = jobs.map((id) => `${id} ${service.queue.state(id)}`);
console.log(`the queue: ${states.join(", ")}; claims: ${service.queue.calls("claim")}`);
process.exitCode = exitCode === 0 && states.every((state) => state.endsWith("completed")) ? 0 : 1;

function start(environment: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [...process.execArgv, WORKER], {
    env: { ...process.env, ...environment, JOB_SERVICE: service.url, JOURNAL: join(folder, "journal.db") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: child.stdout }).on("line", (line) => console.log(`  ${line}`));
  return child;
}

function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes(text)) resolve();
    });
    child.once("exit", () => reject(new Error(`The worker ended before it said ${JSON.stringify(text)}.`)));
  });
}
