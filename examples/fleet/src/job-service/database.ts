/** A PostgreSQL for the queue: the one that `DATABASE_URL` names, or an embedded one that ends with this process. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePorts } from "@worker-watchdog/stack";
import { endOf, startProgram } from "../process/node-program.ts";
import { postgresPid, sendSignal } from "./postgres-pid.ts";

/** A database that can be connected to. */
export interface Database {
  readonly url: string;
  /** Settles when an embedded database has ended, however that came. */
  readonly ended: Promise<unknown>;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

const PORT_ATTEMPTS = 3;
const STOP_GRACE_MILLIS = 5_000;
const LOOK_EVERY_MILLIS = 50;

/**
 * Starts the database.
 *
 * @throws Error with PostgreSQL's last lines and the ways out.
 */
export async function startDatabase(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Database> {
  const given = env["DATABASE_URL"];
  if (given) return { url: given, ended: new Promise(() => {}), stop: async () => {} };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startEmbedded();
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !String(error).includes("Address already in use")) throw error;
    }
  }
}

async function startEmbedded(): Promise<Database> {
  const [port = 0] = await findFreePorts(1);
  const password = randomBytes(18).toString("base64url");
  // Not inside the fleet's own folder: as root, PostgreSQL runs as another user, who may not enter that.
  const directory = mkdtempSync(join(tmpdir(), "worker-watchdog-postgres-"));
  const child = startProgram(new URL("./postgres-process.ts", import.meta.url), {
    args: [directory, String(port)],
    env: { PGPASSWORD: password },
  });
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  child.on("message", (message: { readonly type: string; readonly message?: string }) => {
    if (message.type === "ready") resolve();
    else reject(startError(message.message ?? ""));
  });
  const ended = once(child, "exit").then(async () => {
    await endLeftover(directory);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    reject(startError("its process ended"));
  });
  await ready;
  return {
    ended,
    url: `postgres://fleet:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      child.kill("SIGTERM");
      await endOf(child, STOP_GRACE_MILLIS);
    },
  };
}

function startError(found: string): Error {
  return new Error(
    `The embedded PostgreSQL did not start: ${found}\n` +
      "Set DATABASE_URL to a PostgreSQL of your own, or, as root, keep this checkout where the user postgres may read it.",
  );
}

/** PostgreSQL outlives the process that runs it, if that one was killed. */
async function endLeftover(directory: string): Promise<void> {
  const pid = postgresPid(directory);
  if (pid === undefined) return;
  for (let waited = 0; sendSignal(pid, waited === 0 ? "SIGQUIT" : 0); waited += LOOK_EVERY_MILLIS) {
    if (waited > STOP_GRACE_MILLIS) sendSignal(pid, "SIGKILL");
    await sleep(LOOK_EVERY_MILLIS);
  }
}
