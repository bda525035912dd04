/** What `watchdog session` works with. */
import type { Journal } from "@worker-watchdog/sdk";
import type { Policy } from "@worker-watchdog/sdk/policy";
import type { EvidenceStore } from "../evidence/evidence-store.ts";
import type { WorkerName } from "../worker-settings.ts";
import type { SessionOptions } from "./session-options.ts";

/** What `watchdog session` works with. */
export interface SessionParts {
  readonly options: SessionOptions;
  readonly name: WorkerName;
  readonly policy: Policy;
  readonly journal: Journal;
  readonly evidence: EvidenceStore;
  readonly redact: (text: string) => string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where the agent works. */
  readonly directory: string;
  /** Writes one line to stderr. */
  readonly complain: (line: string) => void;
  /** Sends what there is, for a bounded time; true where the receiver has all of it. */
  readonly send: () => Promise<boolean>;
}
