/** What an attempt did and left in the folder that it worked in, by git (R8.3). */
import { type GitWork, MAX_LISTED, noGitWork } from "@worker-watchdog/sdk/session";
import { filterSettings, type GitOptions, type GitOutput, runGit } from "./run-git.ts";

/** Where and since when. */
export interface GitWorkOptions {
  readonly directory: string;
  /** When the job was claimed, in unix seconds; undefined where no job is held: then no commits are counted. */
  readonly sinceSeconds: number | undefined;
  /** Longest time for all of it, in milliseconds. Default: 10000. */
  readonly timeoutMillis?: number | undefined;
  /** Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

const TIMEOUT_MILLIS = 10_000;
/** Commits that are counted. */
const MAX_COMMITS = 1_000;
const COMMIT = /^[0-9a-f]{40,64}$/;

/** Reads it. Never rejects: what git can not say, and why, is in the status. */
export async function gitWork(options: GitWorkOptions): Promise<GitWork> {
  const { directory, sinceSeconds, timeoutMillis = TIMEOUT_MILLIS, environment } = options;
  const base: GitOptions = { directory, environment, signal: AbortSignal.timeout(timeoutMillis) };
  // Names alone, without their values: what they would run is switched off before anything is compared.
  const names = await runGit(["config", "--list", "--name-only", "-z"], base);
  if (names.is !== "ok" || names.isCut) return noGitWork(names.is === "ok" ? "refused" : names.is);
  const git: GitOptions = { ...base, settings: filterSettings(names.text) };
  const status = await runGit(
    [
      "status",
      "--porcelain=v2",
      "--branch",
      "-z",
      "--untracked-files=normal",
      "--ignore-submodules=all",
      "--no-renames",
    ],
    git,
  );
  if (status.is !== "ok") return noGitWork(status.is);
  const tree = workTree(status.text, status.isCut);
  const done =
    sinceSeconds === undefined || tree.head === undefined ? NOTHING_DONE : await doneSince(sinceSeconds, git);
  return { status: "ok", ...tree, ...done, isCut: tree.isCut || done.isCut };
}

type Done = Pick<GitWork, "commits" | "commitCount" | "changedFileCount" | "isCut">;
const NOTHING_DONE: Done = { commits: [], commitCount: 0, isCut: false };

async function doneSince(sinceSeconds: number, git: GitOptions): Promise<Done> {
  const since = Math.floor(sinceSeconds);
  const [made, before] = await Promise.all([
    runGit(["rev-list", `--max-age=${since}`, `--max-count=${MAX_COMMITS}`, "HEAD", "--"], git),
    runGit(["rev-list", `--min-age=${since - 1}`, "--max-count=1", "HEAD", "--"], git),
  ]);
  const commits = linesOf(made).filter((line) => COMMIT.test(line));
  const isCut = made.is !== "ok" || made.isCut || commits.length === MAX_COMMITS;
  const [start] = linesOf(before);
  if (commits.length === 0) return { ...NOTHING_DONE, changedFileCount: 0, isCut };
  const counted = { commits: commits.slice(0, MAX_LISTED), commitCount: commits.length, isCut };
  if (start === undefined || !COMMIT.test(start)) return counted;
  const changed = await runGit(["diff-tree", "-r", "-z", "--name-only", "--no-renames", start, "HEAD", "--"], git);
  if (changed.is !== "ok") return { ...counted, isCut: true };
  return { ...counted, changedFileCount: partsOf(changed).length, isCut: isCut || changed.isCut };
}

type Tree = Omit<GitWork, keyof Done | "status"> & Pick<GitWork, "isCut">;

/** Reads `git status --porcelain=v2 --branch -z`. */
function workTree(text: string, isCut: boolean): Tree {
  const entries = text.split("\0");
  // Where the output was cut, its last entry is a part of one.
  if (isCut) entries.pop();
  let branch: string | undefined;
  let head: string | undefined;
  const uncommitted: string[] = [];
  const untracked: string[] = [];
  for (const entry of entries) {
    if (entry.startsWith("# branch.head ")) branch = entry.slice(14) === "(detached)" ? undefined : entry.slice(14);
    else if (entry.startsWith("# branch.oid ")) head = COMMIT.test(entry.slice(13)) ? entry.slice(13) : undefined;
    else if (entry.startsWith("? ")) untracked.push(entry.slice(2));
    // Eight fields and a path for a changed file, ten and a path for one in conflict; a path may hold spaces.
    else if (entry.startsWith("1 ")) uncommitted.push(pathAfter(entry, 8));
    else if (entry.startsWith("u ")) uncommitted.push(pathAfter(entry, 10));
  }
  return {
    ...(branch === undefined ? {} : { branch }),
    ...(head === undefined ? {} : { head }),
    uncommittedFiles: uncommitted.slice(0, MAX_LISTED),
    uncommittedCount: uncommitted.length,
    untrackedFiles: untracked.slice(0, MAX_LISTED),
    untrackedCount: untracked.length,
    isCut,
  };
}

function pathAfter(entry: string, fields: number): string {
  let at = 0;
  for (let field = 0; field < fields; field += 1) at = entry.indexOf(" ", at) + 1;
  return entry.slice(at);
}

function linesOf(output: GitOutput): readonly string[] {
  return output.is === "ok" ? output.text.split("\n").filter((line) => line !== "") : [];
}

function partsOf(output: GitOutput): readonly string[] {
  return output.is === "ok" ? output.text.split("\0").filter((part) => part !== "") : [];
}
