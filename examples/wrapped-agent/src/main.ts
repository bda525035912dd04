/** `npm run example -- wrapped-agent`: an agent's login is revoked in the middle of a job; its death is told, and another worker goes on with what it left. */
import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startJobService } from "@worker-watchdog/example-job-service";

const JOB = "sales-report";
const example = fileURLToPath(new URL("../", import.meta.url));
const ask = fileURLToPath(new URL("../../shell-worker/ask.sh", import.meta.url));
const commandLine = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));

const service = await startJobService();
service.queue.add({ id: JOB, deliverableId: "slot-1" });
const folder = await mkdtemp(join(tmpdir(), "wrapped-agent-"));
const project = join(folder, "project");

try {
  // The command as `npm install @worker-watchdog/cli` gives it, from this repository's sources.
  const watchdog = join(folder, "watchdog");
  const start = `exec "${process.execPath}" --conditions=@worker-watchdog/source "${commandLine}" "$@"`;
  await writeFile(watchdog, `#!/bin/sh\n${start}\n`);
  await chmod(watchdog, 0o755);
  const policy = join(folder, "watchdog.yaml");
  await writeFile(policy, "version: codex_session_watchdog_v1\nartifact: { allowed_private_hosts: [127.0.0.1] }\n");
  const environment = {
    ...process.env,
    PATH: `${folder}${delimiter}${process.env["PATH"]}`,
    ASK: ask,
    AGENT: join(example, "agent.sh"),
    JOB_SERVICE: service.url,
    FILES: `${service.url}/files`,
    WATCHDOG_WORKER_POOL: "agents",
    WATCHDOG_JOURNAL: join(folder, "journal.db"),
    WATCHDOG_POLICY: policy,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "agent",
    GIT_AUTHOR_EMAIL: "agent@example.com",
    GIT_COMMITTER_NAME: "agent",
    GIT_COMMITTER_EMAIL: "agent@example.com",
    // Without an address there is nobody to send to.
    ...(process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] === undefined ? { OTEL_SDK_DISABLED: "true" } : {}),
  };
  await mkdir(project);
  await run("git", ["init", "-q", "-b", `job/${JOB}`], environment);
  // From before the claim: git tells times by the second.
  const dates = { GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z", GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z" };
  await run("git", ["commit", "-q", "--allow-empty", "-m", "the job's branch"], { ...environment, ...dates });

  console.log("worker agent-1, whose login is revoked");
  await run(join(example, "worker.sh"), [], { ...environment, WATCHDOG_WORKER_ID: "agent-1", LOGIN: "revoked" });
  console.log("\n$ watchdog status --worker agent-1");
  await run(watchdog, ["status", "--worker", "agent-1"], environment);

  // The queue is not the watchdog's to change: a supervisor gives the job back.
  await service.queue.client("agent-1").release(JOB);
  console.log("\nthe supervisor released the job; worker agent-2, with a good login");
  await run(join(example, "worker.sh"), [], { ...environment, WATCHDOG_WORKER_ID: "agent-2", LOGIN: "good" });
} finally {
  await service.close();
  await rm(folder, { recursive: true, force: true });
}

console.log(`\njob: ${JOB} ${service.queue.state(JOB)}`);
process.exitCode = service.queue.state(JOB) === "completed" ? 0 : 1;

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: project, env: environment, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("close", resolve);
  });
}
