/** What `watchdog exec` adds to a command, from the packed command line: processes of one run, turn by turn, as ratios to `node -e 0`. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { packPackages } from "../tools/packages.ts";

const ROUNDS = 25;
const folder = await mkdtemp(join(tmpdir(), "exec-cost-"));
// A receiver in a thread of its own: this one waits for the processes.
const receiver = new Worker(
  `const { createServer } = require("node:http");
  createServer((request, response) => request.resume().on("end", () => response.end("{}")))
    .listen(0, "127.0.0.1", function () { require("node:worker_threads").parentPort.postMessage(this.address().port); });`,
  { eval: true },
);
const port = await new Promise<number>((resolve) => receiver.once("message", resolve));

try {
  const [packed] = await packPackages({ outDirectory: folder, names: ["cli"] });
  execFileSync("tar", ["-xzf", packed?.tarball ?? "", "-C", folder]);
  const watchdog = join(folder, "package", "dist", "main.js");
  const environment = {
    ...process.env,
    NODE_OPTIONS: "",
    WATCHDOG_WORKER_ID: "w",
    WATCHDOG_WORKER_POOL: "p",
    WATCHDOG_JOURNAL: join(folder, "journal.db"),
  };
  const exec = (phase: string, ...command: readonly string[]) => [
    watchdog,
    "exec",
    "--quiet",
    "--phase",
    phase,
    "--",
    ...command,
  ];
  const claim = JSON.stringify({
    ok: true,
    job: { id: "j", lease_expires_at: Date.now() / 1_000 + 3_000, deliverable_id: "d" },
  });
  const to = (endpoint: string) => ({ ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  const live = to(`http://127.0.0.1:${port}`);
  run(exec("claim", "echo", claim), live);
  const kinds = [
    { name: "node -e 0", args: ["-e", "0"], env: environment },
    { name: "watchdog --help", args: [watchdog, "--help"], env: environment },
    { name: "watchdog exec -- true, Collector live", args: exec("build", "true"), env: live },
    { name: "watchdog exec -- true, Collector refuses", args: exec("build", "true"), env: to("http://127.0.0.1:9") },
    {
      name: "watchdog exec -- true, telemetry off",
      args: exec("build", "true"),
      env: { ...environment, OTEL_SDK_DISABLED: "true" },
    },
  ].map((kind) => ({ ...kind, millis: [] as number[] }));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { args, env, millis } of kinds) millis.push(run(args, env));
  const median = (millis: readonly number[]): number =>
    millis.toSorted((left, right) => left - right)[ROUNDS >> 1] ?? 0;
  const base = median(kinds[0]?.millis ?? []);
  console.log("| command | median, ms | to node -e 0 |\n| --- | --- | --- |");
  for (const { name, millis } of kinds)
    console.log(`| ${name} | ${median(millis).toFixed(0)} | ${(median(millis) / base).toFixed(1)} |`);
} finally {
  await receiver.terminate();
  await rm(folder, { recursive: true, force: true });
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - startedAt;
}
