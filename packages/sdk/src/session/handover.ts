/** What an attempt leaves for the next one at its job, kept in the journal before its session is gone (R8.3). */
import { type Journal, type JsonValue, jobScope } from "../journal/journal.ts";
import { ownField, ownNumber, ownText, ownTexts } from "../own-field.ts";
import { redactTree } from "../redact/index.ts";
import { SESSION_CLASSES, type SessionClass } from "../semconv/index.ts";

const KEY = "handover";
/** Names of files and commits that are kept; beyond, only their count is. */
export const MAX_LISTED = 50;
const MAX_NAME_LENGTH = 300;

/** Why it was saved: `checkpoint` while the run went on, which is all that is left of one that was killed. */
export const HANDOVER_REASONS = [
  "checkpoint",
  "session_dead",
  "session_limited",
  "stopped",
  "run_failed",
  "run_ended",
] as const;
/** Why it was saved. */
export type HandoverReason = (typeof HANDOVER_REASONS)[number];

/** What git said of the job's folder: `ok`, or why it said nothing. */
export const GIT_STATUSES = ["ok", "no_git", "no_repository", "refused", "timeout", "failed"] as const;
/** What git said of the job's folder: `ok`, or why it said nothing. */
export type GitStatus = (typeof GIT_STATUSES)[number];

/** What is done and what is left, by git. Counts may be at least so many, where {@link GitWork.isCut}. */
export interface GitWork {
  readonly status: GitStatus;
  /** The branch; undefined where none is checked out. */
  readonly branch?: string | undefined;
  /** The commit that is checked out. */
  readonly head?: string | undefined;
  /** Commits since the claim, newest first. */
  readonly commits: readonly string[];
  /** Commits since the claim. */
  readonly commitCount: number;
  /** Files that differ between the last commit before the claim and the newest; undefined where there was none before. */
  readonly changedFileCount?: number | undefined;
  /** Files with changes that are not committed. */
  readonly uncommittedFiles: readonly string[];
  /** Files with changes that are not committed. */
  readonly uncommittedCount: number;
  /** Files, and whole folders, that git does not know. */
  readonly untrackedFiles: readonly string[];
  /** Files that git does not know. */
  readonly untrackedCount: number;
  readonly isCut: boolean;
}

/** What the next worker that gets the job needs. */
export interface Handover {
  readonly reason: HandoverReason;
  readonly jobId: string;
  readonly workerPool: string;
  readonly workerId: string;
  /** Trace id of the attempt. */
  readonly attemptId: string;
  /** Unix milliseconds. */
  readonly savedAtMillis: number;
  /** How the session died, or what it waits for. */
  readonly sessionClass?: SessionClass | undefined;
  /** The agent's own id of the session, where it stated one: some agents can resume it. */
  readonly sessionId?: string | undefined;
  /** The phase that was entered last, and where the attempt stood. */
  readonly phase: string;
  readonly state: string;
  /** Id of the gate's check, where the artifact was verified. */
  readonly artifactCheckId?: string | undefined;
  /** The folder that was worked in. */
  readonly directory: string;
  readonly git: GitWork;
}

/** How many attempts at a job have theirs kept: the newest, and what it found. */
const MAX_ATTEMPTS = 2;

/** Keeps it as the newest one of its job, in place of an earlier one of the same attempt. @throws WatchdogError `journal_unusable`. */
export function keepHandover(journal: Journal, handover: Handover): void {
  journal.transaction(() => {
    const before = handoversOf(journal, handover.jobId).filter(({ attemptId }) => attemptId !== handover.attemptId);
    const kept = [bounded(handover), ...before].slice(0, MAX_ATTEMPTS);
    // Names of branches and files are anybody's words.
    journal.set(jobScope(handover.jobId), KEY, redactTree(kept).value as JsonValue);
  });
}

/** The job is done: what was kept for a successor is of no more use. @throws WatchdogError `journal_unusable`. */
export function dropHandovers(journal: Journal, jobId: string): void {
  if (journal.get(jobScope(jobId), KEY) !== undefined) journal.set(jobScope(jobId), KEY, undefined);
}

/**
 * The newest handover of a job in this journal; undefined where there is none, or nothing that can be read.
 *
 * @param options.butOf An attempt, by its trace id, whose own handovers do not count.
 * @throws WatchdogError `journal_unusable`.
 */
export function predecessorOf(
  journal: Journal,
  jobId: string,
  options: { readonly butOf?: string | undefined } = {},
): Handover | undefined {
  return handoversOf(journal, jobId).find(({ attemptId }) => attemptId !== options.butOf);
}

function handoversOf(journal: Journal, jobId: string): readonly Handover[] {
  const stored = journal.get(jobScope(jobId), KEY);
  return Array.isArray(stored) ? stored.flatMap((one: JsonValue) => handoverFrom(one, jobId) ?? []) : [];
}

function handoverFrom(stored: JsonValue, jobId: string): Handover | undefined {
  const text = (key: string): string | undefined => textIn(stored, key);
  const reason = HANDOVER_REASONS.find((known) => known === text("reason"));
  const [workerPool, workerId, attemptId] = [text("workerPool"), text("workerId"), text("attemptId")];
  if (reason === undefined || workerPool === undefined || workerId === undefined || attemptId === undefined) {
    return undefined;
  }
  return {
    reason,
    jobId,
    workerPool,
    workerId,
    attemptId,
    savedAtMillis: countIn(stored, "savedAtMillis"),
    ...optional(
      "sessionClass",
      SESSION_CLASSES.find((known) => known === text("sessionClass")),
    ),
    ...optional("sessionId", text("sessionId")),
    phase: text("phase") ?? "claim",
    state: text("state") ?? "running",
    ...optional("artifactCheckId", text("artifactCheckId")),
    directory: text("directory") ?? "",
    git: gitWorkFrom(ownField(stored, "git")),
  };
}

/** Nothing that git could say, and why. */
export function noGitWork(status: Exclude<GitStatus, "ok">): GitWork {
  return {
    status,
    commits: [],
    commitCount: 0,
    uncommittedFiles: [],
    uncommittedCount: 0,
    untrackedFiles: [],
    untrackedCount: 0,
    isCut: false,
  };
}

function gitWorkFrom(stored: unknown): GitWork {
  const changed = ownField(stored, "changedFileCount");
  return {
    status: GIT_STATUSES.find((known) => known === textIn(stored, "status")) ?? "failed",
    ...optional("branch", textIn(stored, "branch")),
    ...optional("head", textIn(stored, "head")),
    commits: ownTexts(stored, "commits"),
    commitCount: countIn(stored, "commitCount"),
    ...optional("changedFileCount", typeof changed === "number" ? changed : undefined),
    uncommittedFiles: ownTexts(stored, "uncommittedFiles"),
    uncommittedCount: countIn(stored, "uncommittedCount"),
    untrackedFiles: ownTexts(stored, "untrackedFiles"),
    untrackedCount: countIn(stored, "untrackedCount"),
    isCut: ownField(stored, "isCut") === true,
  };
}

function bounded(handover: Handover): Handover {
  const { git } = handover;
  return {
    ...handover,
    directory: shown(handover.directory),
    git: {
      ...git,
      ...optional("branch", git.branch === undefined ? undefined : shown(git.branch)),
      commits: git.commits.slice(0, MAX_LISTED),
      uncommittedFiles: git.uncommittedFiles.slice(0, MAX_LISTED).map(shown),
      untrackedFiles: git.untrackedFiles.slice(0, MAX_LISTED).map(shown),
    },
  };
}

/** A name without control characters: it is printed on terminals later. */
function shown(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).replaceAll(/\p{Cc}/gu, "\uFFFD");
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}

function textIn(value: unknown, key: string): string | undefined {
  return ownText(value, key) || undefined;
}

function countIn(value: unknown, key: string): number {
  return ownNumber(value, key) ?? 0;
}
