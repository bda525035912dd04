/**
 * A program of its own: database and job service, until its parent asks it to stop or is gone.
 *
 * Settings come in JOB_SERVICE_SETTINGS (JSON); `ready`, `activity` and `failed` messages leave over IPC.
 */
import { randomBytes } from "node:crypto";
import type { Activity } from "./activity.ts";
import { type Database, startDatabase } from "./database.ts";
import { type JobService, startJobService } from "./start-job-service.ts";

/** What the parent says at the start. */
export interface JobServiceSettings {
  readonly artifactHostUrl: string;
  readonly workerToken: string;
  readonly adminToken: string;
}

/** What the program tells its parent. */
export type JobServiceMessage =
  | { readonly type: "ready"; readonly url: string }
  | { readonly type: "activity"; readonly activity: Activity }
  | { readonly type: "failed"; readonly message: string };

/** Of this run alone: a database that others use too gets nothing but it, and loses nothing but it. */
const schema = `worker_watchdog_fleet_${randomBytes(6).toString("hex")}`;
let database: Database | undefined;
let service: JobService | undefined;
let stopping = false;

function send(message: JobServiceMessage): void {
  if (process.connected) process.send?.(message, () => {});
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await service?.stop().catch(() => {});
  await database?.stop();
  process.exit(code);
}

process.on("disconnect", () => void stop(0));
process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));

try {
  const settings = JSON.parse(process.env["JOB_SERVICE_SETTINGS"] ?? "{}") as JobServiceSettings;
  database = await startDatabase();
  void database.ended.then(() => {
    if (!stopping) console.error("PostgreSQL ended by itself.");
    return stop(1);
  });
  service = await startJobService({
    ...settings,
    databaseUrl: database.url,
    schema,
    onActivity: (activity) => send({ type: "activity", activity }),
    onError: (error) => console.error(`pg-boss: ${error.message}`),
  });
  send({ type: "ready", url: service.url });
} catch (error) {
  send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  await stop(1);
}
