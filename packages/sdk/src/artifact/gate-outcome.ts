/** What the gate is asked about and how a check ends: the record of R5.2. */
import type { ArtifactReason } from "../semconv/index.ts";
import type { VerifiedArtifact } from "./verified-artifact.ts";

/** Whose artifact is verified, and how long the gate may go on. */
export interface VerifyContext {
  readonly jobId: string;
  /** Trace id of the attempt. */
  readonly attemptId: string;
  /** Ends the verification; it rejects with the signal's reason then. */
  readonly signal?: AbortSignal | undefined;
  /** Trace context; `traceparent` and `tracestate` are sent, and to the artifact's own host alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The record of one check, passed or not. Addresses are without query and credentials. */
export interface ArtifactCheck {
  readonly id: string;
  readonly jobId: string;
  readonly attemptId: string;
  /** The primary artifact's address; empty where the claim had none. */
  readonly url: string;
  readonly filesUrl: string;
  /** Status of each response for the primary artifact, in order, of the last try. */
  readonly statuses: readonly number[];
  /** Status of each response for the file list, in order, of the last try. */
  readonly fileListStatuses: readonly number[];
  /** Status of the first response; undefined where none came. */
  readonly httpStatus: number | undefined;
  /** Entries of the file list; undefined where it could not be read. */
  readonly fileCount: number | undefined;
  /** SHA-256 of the primary artifact, in hex. */
  readonly sha256: string | undefined;
  /** 1, or 2 where the retry was spent. */
  readonly tries: number;
  /** When the check ended, in unix milliseconds. */
  readonly checkedAt: number;
  /** Why it did not pass; undefined where it did. */
  readonly reason: ArtifactReason | undefined;
}

/** How a check ended. */
export type GateOutcome =
  | { readonly passed: true; readonly artifact: VerifiedArtifact; readonly check: ArtifactCheck }
  | {
      readonly passed: false;
      readonly reason: ArtifactReason;
      readonly message: string;
      readonly check: ArtifactCheck;
    };
