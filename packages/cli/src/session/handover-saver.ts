/** Saves what a successor needs, one after the other: git takes its time, and the newest has to be the last. */
import type { Journal } from "@worker-watchdog/sdk";
import type { HandoverReason, SessionLog } from "@worker-watchdog/sdk/session";
import { gitWork } from "./git-work.ts";

/** What is saved, and where from. */
export interface HandoverSaverParts {
  readonly jobId: string;
  readonly journal: Journal;
  readonly log: SessionLog;
  /** Where the agent works. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The agent's own id of the session, once it has stated one. */
  readonly sessionId: () => string | undefined;
}

/** Saves the handovers of one job. */
export class HandoverSaver {
  readonly #parts: HandoverSaverParts;
  #saving: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(parts: HandoverSaverParts) {
    this.#parts = parts;
  }

  /** Settles when all that was to be saved is saved. Never rejects. */
  get saved(): Promise<void> {
    return this.#saving;
  }

  /** Begins to save. A checkpoint is left out while another one is on its way. */
  save(reason: HandoverReason): void {
    if (reason === "checkpoint" && this.#waiting > 0) return;
    const { directory, environment, log, sessionId } = this.#parts;
    const sinceSeconds = this.#claimedAt();
    this.#waiting += 1;
    this.#saving = this.#saving.then(async () => {
      const git = await gitWork({ directory, sinceSeconds, environment });
      this.#waiting -= 1;
      log.handOver(reason, { directory, git, sessionId: sessionId() });
    });
  }

  /** When the job was claimed, in unix seconds; undefined where the journal does not say. */
  #claimedAt(): number | undefined {
    const { journal, jobId } = this.#parts;
    try {
      const started = journal.records({ kind: "worker_job_attempt", jobId, limit: 1 })[0]?.data["started"];
      return typeof started === "number" ? started : undefined;
    } catch {
      // The library stops the next phase for it (R7.3); what git knows is still worth saving where that is possible.
      return undefined;
    }
  }
}
