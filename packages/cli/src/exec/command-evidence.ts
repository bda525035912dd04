/** Writes down what a command did: its helper_event record, its redacted output in the evidence store, both on the phase's span (R2.3). */
import { trace } from "@opentelemetry/api";
import type { Journal } from "@worker-watchdog/sdk";
import { ATTRIBUTES } from "@worker-watchdog/sdk/semconv";
import type { ChildEnd } from "../child/start-child.ts";
import { evidenceDocument } from "../evidence/evidence-document.ts";
import type { EvidenceStore } from "../evidence/evidence-store.ts";
import type { WorkerName } from "../worker-settings.ts";

/** Where it is written. */
export interface EvidenceParts {
  readonly journal: Journal;
  readonly store: EvidenceStore;
  readonly worker: WorkerName;
  readonly redact: (text: string) => string;
  readonly now: () => number;
}

/** Which command it was. */
export interface CommandFacts {
  readonly phase: string;
  readonly program: string;
  readonly jobId: string | undefined;
  readonly traceId: string;
  /** Why its result is no result; null where it is one. */
  readonly errorCode: string | null;
}

/** Call it while the phase's span is active. Evidence that can not be kept costs nobody the phase; a journal that fails stops the next one. */
export function writeEvidence(parts: EvidenceParts, facts: CommandFacts, end: ChildEnd): void {
  const { journal, store, worker, redact, now } = parts;
  const { phase, program, jobId, traceId, errorCode } = facts;
  let reference: string | null = null;
  try {
    reference = store.put(
      evidenceDocument({ phase, command: program, exitCode: end.exitCode, signal: end.signal }, end.output, redact),
    );
  } catch {
    // A full disk: the hash is still there.
  }
  const { sha256, bytes } = end.output.stdout;
  const span = trace.getActiveSpan();
  span?.setAttribute(ATTRIBUTES.outputSha256.key, sha256);
  if (reference !== null) span?.setAttribute(ATTRIBUTES.evidenceRef.key, reference);
  try {
    journal.append({
      kind: "helper_event",
      id: crypto.randomUUID(),
      atMillis: now(),
      workerPool: worker.pool,
      workerId: worker.id,
      jobId,
      traceId,
      data: {
        phase,
        command: redact(program),
        exit_code: end.exitCode,
        signal: end.signal,
        output_hash: sha256,
        output_bytes: bytes,
        evidence_ref: reference,
        error_code: errorCode,
      },
    });
  } catch {
    // What runs is not stopped for it; the phase's own record fails as well, and stops the next.
  }
}
