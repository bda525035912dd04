/** The proof that an artifact exists: only the gate can make one, and it counts for one attempt at one job. */

/** What the gate found out: everything of a {@link VerifiedArtifact} but the proof. */
export type VerifiedArtifactFields = Pick<VerifiedArtifact, keyof VerifiedArtifact>;

const token: unique symbol = Symbol("worker-watchdog.artifact-gate");
let issue: (fields: VerifiedArtifactFields) => VerifiedArtifact;
let isIssued: (value: object) => value is VerifiedArtifact;

/**
 * An artifact that the gate has fetched and found whole. It can not be made, copied or changed by anybody else: copies are no proof, and
 * {@link isVerifiedArtifact} refuses them.
 */
export class VerifiedArtifact {
  /** The job that it was verified for. */
  readonly jobId: string;
  /** The attempt that it was verified for: its trace id. */
  readonly attemptId: string;
  /** Address as the worker stated it, without user name and password. It may hold a signed query: for the queue, not for telemetry. */
  readonly url: string;
  /** Address of the file list, as {@link VerifiedArtifact.url}. */
  readonly filesUrl: string;
  /** Address without its query, for spans, records and pages. */
  readonly recordUrl: string;
  /** Id of the gate's check. */
  readonly checkId: string;
  /** Status of the first response. */
  readonly httpStatus: number;
  /** Status that the redirects ended in. */
  readonly finalStatus: number;
  /** Entries of the file list; at least 1. */
  readonly fileCount: number;
  /** SHA-256 of the primary artifact's bytes, in lower-case hex. */
  readonly sha256: string;
  /** The kinds that the worker stated. */
  readonly kinds: readonly string[];
  /** When it was checked, in unix milliseconds. */
  readonly checkedAt: number;
  /** Reference of the check's record. */
  readonly evidenceRef: string;
  // A private field is a brand that no copy, prototype or proxy carries, and makes the type nominal.
  readonly #token: typeof token;

  /** Throws for every caller but the gate. */
  private constructor(given: typeof token, fields: VerifiedArtifactFields) {
    if (given !== token)
      throw new TypeError("A VerifiedArtifact is made by the artifact gate alone: call job.artifact()");
    this.#token = given;
    this.jobId = fields.jobId;
    this.attemptId = fields.attemptId;
    this.url = fields.url;
    this.filesUrl = fields.filesUrl;
    this.recordUrl = fields.recordUrl;
    this.checkId = fields.checkId;
    this.httpStatus = fields.httpStatus;
    this.finalStatus = fields.finalStatus;
    this.fileCount = fields.fileCount;
    this.sha256 = fields.sha256;
    this.kinds = Object.freeze([...fields.kinds]);
    this.checkedAt = fields.checkedAt;
    this.evidenceRef = fields.evidenceRef;
    Object.freeze(this);
  }

  static {
    issue = (fields) => new VerifiedArtifact(token, fields);
    isIssued = (value): value is VerifiedArtifact => #token in value && value.#token === token;
  }
}

/** For the gate alone; not exported from the package. */
export function issueVerifiedArtifact(fields: VerifiedArtifactFields): VerifiedArtifact {
  return issue(fields);
}

/** Whether `value` is the gate's own proof for this attempt at this job. */
export function isVerifiedArtifact(value: unknown, jobId: string, attemptId: string): value is VerifiedArtifact {
  if (typeof value !== "object" || value === null || !isIssued(value)) return false;
  return value.jobId === jobId && value.attemptId === attemptId;
}
