import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gitWork } from "./git-work.ts";

let root: string;
let folder: string;
let environment: NodeJS.ProcessEnv;
const CLAIMED_AT = 1_790_000_000;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "watchdog-git-"));
  folder = join(root, "job");
  mkdirSync(folder);
  environment = { PATH: process.env["PATH"], HOME: root, GIT_CONFIG_NOSYSTEM: "1" };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(args: readonly string[], atSeconds = CLAIMED_AT): string {
  const date = `${atSeconds} +0000`;
  return execFileSync("git", ["-c", "user.name=w", "-c", "user.email=w@example.com", ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...environment, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
  }).trim();
}

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function commit(name: string, text: string, atSeconds: number): string {
  write(name, text);
  git(["add", "--", name], atSeconds);
  git(["commit", "-q", "-m", name], atSeconds);
  return git(["rev-parse", "HEAD"]);
}

const read = (options: Partial<Parameters<typeof gitWork>[0]> = {}) =>
  gitWork({ directory: folder, sinceSeconds: CLAIMED_AT, environment, ...options });

describe("R8.3: what is done and what is left, by git", () => {
  test("branch, commits since the claim, changed files, and what is not committed", async () => {
    git(["init", "-q", "-b", "job/J 1"].map((arg) => arg.replace(" ", "-")));
    commit("a.txt", "1", CLAIMED_AT - 60);
    const first = commit("b.txt", "1", CLAIMED_AT);
    const second = commit("dir/with space.txt", "1", CLAIMED_AT + 60);
    write("a.txt", "2");
    write("dir/with space.txt", "2");
    write("new/x.txt", "1");
    write("new/y.txt", "1");
    expect(await read()).toEqual({
      status: "ok",
      branch: "job/J-1",
      head: second,
      commits: [second, first],
      commitCount: 2,
      changedFileCount: 2,
      uncommittedFiles: ["a.txt", "dir/with space.txt"],
      uncommittedCount: 2,
      untrackedFiles: ["new/"],
      untrackedCount: 1,
      isCut: false,
    });
    expect(existsSync(join(folder, ".git", "index.lock"))).toBe(false);
  });

  test("a repository without commits, one with nothing before the claim, and a detached head", async () => {
    git(["init", "-q", "-b", "main"]);
    write("a.txt", "1");
    expect(await read()).toMatchObject({ status: "ok", branch: "main", commitCount: 0, untrackedCount: 1 });
    const head = commit("a.txt", "1", CLAIMED_AT + 1);
    expect(await read()).toMatchObject({ head, commitCount: 1, untrackedCount: 0 });
    expect((await read()).changedFileCount).toBeUndefined();
    git(["checkout", "-q", "--detach"]);
    expect((await read()).branch).toBeUndefined();
    expect(await read({ sinceSeconds: undefined })).toMatchObject({ commitCount: 0, head });
  });

  test("more files than are listed are counted", async () => {
    git(["init", "-q", "-b", "main"]);
    for (let index = 0; index < 60; index += 1) write(`f${index}.txt`, "1");
    const work = await read();
    expect(work.untrackedCount).toBe(60);
    expect(work.untrackedFiles).toHaveLength(50);
  });

  test("no repository, no git, no folder, no time: it says so", async () => {
    expect((await read()).status).toBe("no_repository");
    expect((await read({ environment: { PATH: "/nonexistent" } })).status).toBe("no_git");
    expect((await read({ directory: join(root, "gone") })).status).toBe("no_git");
    mkdirSync(join(root, "bin"));
    writeFileSync(join(root, "bin", "git"), "#!/bin/sh\nsleep 60\n");
    chmodSync(join(root, "bin", "git"), 0o755);
    const startedAt = performance.now();
    expect(
      (await read({ environment: { PATH: `${join(root, "bin")}:${process.env["PATH"]}` }, timeoutMillis: 200 })).status,
    ).toBe("timeout");
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe("a hostile repository runs nothing", () => {
  test("none of the programs that its configuration names, and its variables lead nowhere else", async () => {
    git(["init", "-q", "-b", "main"]);
    commit("a.txt", "1", CLAIMED_AT - 60);
    commit("b.txt", "1", CLAIMED_AT + 60);
    const ran = join(root, "ran");
    const program = join(root, "program.sh");
    writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> ${ran}\ncat\n`);
    chmodSync(program, 0o755);
    const run = `${program} KEY`;
    const settings = [
      "core.fsmonitor",
      "core.pager",
      "pager.status",
      "core.sshCommand",
      "core.editor",
      "core.askPass",
      "diff.external",
      "diff.evil.textconv",
      "diff.evil.command",
      "filter.evil.clean",
      "filter.evil.smudge",
      "filter.evil.process",
      "filter.E vil.x.clean",
      "gpg.program",
      "credential.helper",
      "alias.status",
      "uploadpack.packObjectsHook",
      "core.alternateRefsCommand",
    ];
    for (const setting of settings) {
      const value =
        setting.startsWith("credential") || setting.startsWith("alias")
          ? `!${run.replace("KEY", setting)}`
          : run.replace("KEY", `"${setting}"`);
      git(["config", setting, value]);
    }
    for (const flag of ["log.showSignature", "filter.evil.required", "core.untrackedCache"])
      git(["config", flag, "true"]);
    mkdirSync(join(folder, ".git", "hooks"), { recursive: true });
    for (const hook of ["post-index-change", "fsmonitor-watchman", "post-checkout"]) {
      writeFileSync(join(folder, ".git", "hooks", hook), `#!/bin/sh\necho hook ${hook} >> ${ran}\n`);
      chmodSync(join(folder, ".git", "hooks", hook), 0o755);
    }
    writeFileSync(join(folder, ".gitattributes"), '* filter=evil diff=evil\nb.txt filter="E vil.x"\n');
    // Same size, other time: git has to read and filter it to compare.
    write("a.txt", "2");
    write("b.txt", "2");
    const hostile = {
      ...environment,
      GIT_DIR: join(root, "elsewhere"),
      GIT_EXTERNAL_DIFF: program,
      GIT_PAGER: program,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.fsmonitor",
      GIT_CONFIG_VALUE_0: program,
    };
    // The trap works: an ordinary git falls into it.
    expect(() => git(["status"])).toThrow();
    for (const setting of ["core.fsmonitor", "filter.evil"]) expect(readFileSync(ran, "utf8")).toContain(setting);
    rmSync(ran);
    expect(await read({ environment: hostile })).toMatchObject({
      status: "ok",
      branch: "main",
      commitCount: 1,
      changedFileCount: 1,
      uncommittedFiles: ["a.txt", "b.txt"],
    });
    expect(existsSync(ran) ? readFileSync(ran, "utf8") : "").toBe("");
  });
});
