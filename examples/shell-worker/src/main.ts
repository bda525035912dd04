/** `npm run example -- shell-worker`: two jobs, and a worker in plain sh that does them in three heartbeats. */
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startJobService } from "@worker-watchdog/example-job-service";

const HEARTBEATS = 3;
const JOBS = ["sales-report", "stock-report"] as const;
const example = fileURLToPath(new URL("../", import.meta.url));
const commandLine = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));

const service = await startJobService();
// The second job has no slot for uploads: its upload is skipped, and the shared address is its artifact.
service.queue.add({ id: JOBS[0], deliverableId: "slot-1", artifactKinds: ["file_list"] });
service.queue.add({ id: JOBS[1] });
const folder = await mkdtemp(join(tmpdir(), "shell-worker-"));

try {
  // The command as `npm install @worker-watchdog/cli` gives it, from this repository's sources.
  const watchdog = join(folder, "watchdog");
  await writeFile(
    watchdog,
    `#!/bin/sh\nexec "${process.execPath}" --conditions=@worker-watchdog/source "${commandLine}" "$@"\n`,
  );
  await chmod(watchdog, 0o755);
  const environment = {
    ...process.env,
    PATH: `${folder}${delimiter}${process.env["PATH"]}`,
    JOB_SERVICE: service.url,
    FILES: `${service.url}/files`,
    WATCHDOG_WORKER_ID: "shell-1",
    WATCHDOG_WORKER_POOL: "shell",
    WATCHDOG_JOURNAL: join(folder, "journal.db"),
    WATCHDOG_POLICY: join(example, "watchdog.yaml"),
    // Without an address there is nobody to send to.
    ...(process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] === undefined ? { OTEL_SDK_DISABLED: "true" } : {}),
  };
  for (let beat = 1; beat <= HEARTBEATS; beat += 1) {
    console.log(`\nheartbeat ${beat}`);
    const code = await run(join(example, "worker.sh"), [], environment);
    if (code !== 0) console.log(`ended with ${code}`);
  }
  console.log("\n$ watchdog status");
  await run(watchdog, ["status"], environment);
} finally {
  await service.close();
  await rm(folder, { recursive: true, force: true });
}

const states = JOBS.map((job) => `${job} ${service.queue.state(job)}`);
console.log(`\njobs: ${states.join(", ")}`);
process.exitCode = JOBS.every((job) => service.queue.state(job) === "completed") ? 0 : 1;

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: example, env: environment, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("close", resolve);
  });
}
