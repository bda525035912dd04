/** Runs git in a folder that may be anybody's: bounded in time and output, writing nothing, and so that the repository's configuration runs no program. */
import { execFile } from "node:child_process";

/** What git printed, or why it did not. */
export type GitOutput =
  | { readonly is: "ok"; readonly text: string; readonly isCut: boolean }
  | { readonly is: "no_git" | "no_repository" | "refused" | "timeout" | "failed" };

/** How to run it. */
export interface GitOptions {
  readonly directory: string;
  /** Ends all of it. */
  readonly signal: AbortSignal;
  /** Default: this process's. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** More settings, as `name=value`. */
  readonly settings?: readonly string[] | undefined;
}

/** Longest output that is read. */
const MAX_OUTPUT_BYTES = 1_048_576;

/**
 * Settings that win over the repository's: what it may name as a program is switched off. Filters have names of their own: see `filterSettings`.
 * Not in here, because the commands that are run never ask for them: pagers, editors, text conversion, merge and credential programs.
 */
const SETTINGS: readonly string[] = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.pager=cat",
  "core.sshCommand=false",
  "core.askPass=false",
  "log.showSignature=false",
  "diff.external=",
  "protocol.allow=never",
  "safe.bareRepository=explicit",
  "submodule.recurse=false",
  "gc.auto=0",
  "maintenance.auto=false",
];

/** Runs one command. Never rejects. */
export function runGit(args: readonly string[], options: GitOptions): Promise<GitOutput> {
  const settings = [...SETTINGS, ...(options.settings ?? [])].flatMap((setting) => ["-c", setting]);
  return new Promise((resolve) => {
    execFile(
      "git",
      ["--no-pager", "--no-optional-locks", "--literal-pathspecs", ...settings, ...args],
      {
        cwd: options.directory,
        env: gitEnvironment(options.environment ?? process.env),
        encoding: "utf8",
        maxBuffer: MAX_OUTPUT_BYTES,
        killSignal: "SIGKILL",
        signal: options.signal,
      },
      (error, stdout, stderr) => resolve(outputOf(error, stdout, stderr, options.signal)),
    );
  });
}

/**
 * Settings that switch off the filter drivers of a repository: comparing a changed file would run their programs.
 *
 * @param names Names of settings, each ended by a null character.
 */
export function filterSettings(names: string): readonly string[] {
  const drivers = new Set<string>();
  for (const name of names.split("\0")) {
    const driver = /^filter\.(.+)\.(?:clean|smudge|process|required)$/s.exec(name)?.[1];
    if (driver !== undefined) drivers.add(driver);
  }
  return [...drivers].flatMap((driver) =>
    ["clean=", "smudge=", "process=", "required=false"].map((setting) => `filter.${driver}.${setting}`),
  );
}

/** Nothing of the caller's may point git elsewhere, and nothing of git's may ask or fetch. */
function gitEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !/^(?:GIT_|SSH_ASKPASS$|PAGER$|EDITOR$|VISUAL$)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_PAGER: "cat",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

function outputOf(
  error: (Error & { readonly code?: unknown }) | null,
  stdout: string,
  stderr: string,
  signal: AbortSignal,
): GitOutput {
  if (error === null) return { is: "ok", text: stdout, isCut: false };
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return { is: "ok", text: stdout, isCut: true };
  if (signal.aborted) return { is: "timeout" };
  if (error.code === "ENOENT") return { is: "no_git" };
  if (/not a git repository/.test(stderr)) return { is: "no_repository" };
  if (/dubious ownership|safe\.bareRepository|safe\.directory/.test(stderr)) return { is: "refused" };
  return { is: "failed" };
}
