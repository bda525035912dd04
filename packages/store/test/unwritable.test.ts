/** R7.3: permissions and full disks, which root does not meet: in processes of another user, and on a small disk. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "@worker-watchdog/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startProgram } from "./run-program.ts";

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  file = join(folder, "journal.db");
  openJournal({ file }).close();
  if (isRoot) for (const path of [folder, file]) chownSync(path, NOBODY, NOBODY);
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

interface Said {
  readonly count: number;
  readonly reason?: string;
  readonly code?: string;
  readonly message?: string;
}

async function appendUntilRefused(path: string, user: number, wanted: number): Promise<Said> {
  const { lines, stderr } = await startProgram("append", path, user, wanted).ended();
  expect(stderr).toBe("");
  return JSON.parse(lines[0] ?? "");
}

describe("R7.3: a journal that may not be written", { timeout: 60_000 }, () => {
  it("is written by its own user", async () => {
    expect(await appendUntilRefused(file, NOBODY, 3)).toEqual({ count: 3 });
  });

  it.each<readonly [what: string, forbid: () => void]>([
    ["a file that is read-only", () => chmodSync(file, 0o400)],
    ["a file that can not be read", () => chmodSync(file, 0o000)],
    ["a folder that is read-only", () => chmodSync(folder, 0o500)],
    ["a folder that can not be entered", () => chmodSync(folder, 0o000)],
    [
      "a folder that can not be made",
      () => {
        chmodSync(folder, 0o500);
        file = join(folder, "deep", "journal.db");
      },
    ],
  ])("is refused: %s", async (_, forbid) => {
    forbid();
    const said = await appendUntilRefused(file, NOBODY, 3);
    expect(said).toMatchObject({ count: 0, code: "journal_unusable", reason: "not_writable" });
    expect(said.message).toContain(file);
    expect(said.message).toContain("Mend the permissions");
    chmodSync(folder, 0o700);
    expect(readdirSync(folder)).toEqual(["journal.db"]);
  });
});

describe("R7.3: a disk that is full", { timeout: 60_000 }, () => {
  it("keeps every record that was acknowledged, and takes more once there is room", async () => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    // Where this user can not make a small disk, a limit of the file's size stands for it; the system says another word for that.
    const isDisk = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]).status === 0;
    try {
      const path = join(disk, "journal.db");
      openJournal({ file: path }).close();
      const ballast = join(disk, "ballast");
      writeFileSync(ballast, Buffer.alloc(isDisk ? 500_000 : 1));
      const said = isDisk ? await appendUntilRefused(path, 0, 100_000) : limited(path);
      expect(said).toMatchObject({ code: "journal_unusable", reason: isDisk ? "disk_full" : "failed" });
      expect(said.count).toBeGreaterThan(20);
      rmSync(ballast);
      const journal = openJournal({ file: path });
      expect(journal.check()).toEqual([]);
      const ids = journal.records({ limit: 100_000 }).map(({ id }) => id);
      expect(ids).toEqual(Array.from({ length: said.count }, (_, index) => `${index}`));
      journal.set("s", "k", 1);
      journal.close();
    } finally {
      if (isDisk) spawnSync("umount", [disk]);
    }
  });

  it("that is full from the start has no half-made journal", async () => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const isDisk = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", disk]).status === 0;
    try {
      const path = join(disk, "journal.db");
      const said = isDisk ? await appendUntilRefused(path, 0, 1) : limited(path, 8);
      expect(said).toMatchObject({ count: 0, code: "journal_unusable" });
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      if (isDisk) spawnSync("umount", [disk]);
    }
  });
});

/** The program under a limit of every file's size, in blocks of 512 bytes. */
function limited(path: string, blocks = 1_000): Said {
  const program = join(import.meta.dirname, "journal.program.ts");
  const command = `ulimit -f ${blocks}; trap "" XFSZ; exec "$@"`;
  const args = [process.execPath, "--conditions=@worker-watchdog/source", program, "append", path, "0", "100000"];
  const { stdout } = spawnSync("sh", ["-c", command, "sh", ...args], { encoding: "utf8" });
  return JSON.parse(stdout.split("\n")[0] ?? "");
}
