/** R7.3: a file that can not be trusted, or not be written, is refused with what, where, what is allowed and the next step. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WatchdogError } from "@worker-watchdog/sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FileJournal, type JournalTrouble, openJournal } from "./index.ts";
import { PAGE_BYTES } from "./schema.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  file = join(folder, "journal.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fill(journal: FileJournal, records: number): void {
  journal.transaction(() => {
    for (let index = 0; index < records; index += 1) {
      const [workerId, jobId, traceId] = [`w${index % 3}`, `J${index >> 3}`, `t${index >> 3}`];
      const data = { status: "ok", text: "x".repeat(200) };
      const record = {
        kind: "worker_run" as const,
        id: `${index}`,
        atMillis: index,
        workerPool: "p",
        workerId,
        jobId,
        traceId,
        data,
      };
      journal.append(record, index % 10 === 0 ? { once: `${index}` } : {});
      journal.set(`worker/p/${index}`, "attempt", { index });
    }
  });
}

function close(make: (journal: FileJournal) => void = (journal) => fill(journal, 20)): void {
  const journal = openJournal({ file });
  make(journal);
  journal.close();
}

function killed(): void {
  // As a killed process leaves it: with the newest writes in the -wal alone.
  const journal = openJournal({ file });
  fill(journal, 20);
  for (const suffix of ["", "-wal", "-shm"]) copyFileSync(`${file}${suffix}`, `${file}${suffix}.kept`);
  journal.close();
  for (const suffix of ["", "-wal", "-shm"]) renameSync(`${file}${suffix}.kept`, `${file}${suffix}`);
}

const theirs = (sql: string): void => {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
};

/** Everything that a journal is asked for, and what it was refused with. */
function troubleOf(path: string): WatchdogError | undefined {
  let journal: FileJournal | undefined;
  try {
    journal = openJournal({ file: path, lockTimeoutMillis: 50 });
    journal.records({ limit: 10_000 });
    journal.records({ worker: { pool: "p", id: "w1" }, jobId: "J1", traceId: "t1" });
    journal.scopes("attempt");
    journal.get("worker/p/7", "attempt");
    journal.recordOnce("10");
    journal.prune();
    fill(journal, 10);
    return undefined;
  } catch (error) {
    if (!WatchdogError.isInstance(error)) throw error;
    return error;
  } finally {
    journal?.close();
  }
}

describe("R7.3: a journal is refused", () => {
  it.each<readonly [what: string, reason: JournalTrouble, found: string, make: () => void]>([
    ["that is no SQLite file", "not_a_journal", "not a database", () => writeFileSync(file, "text".repeat(2_048))],
    [
      "that is a few bytes",
      "not_a_journal",
      "not a database",
      () => writeFileSync(file, "SQLite format 3\u0000".repeat(32)),
    ],
    ["that is empty", "damaged", "it is empty", () => writeFileSync(file, "")],
    ["that is another program's", "not_a_journal", "tables theirs", () => theirs("CREATE TABLE theirs (id INTEGER)")],
    [
      "that is another program's of our version",
      "not_a_journal",
      "tables record",
      () => theirs("CREATE TABLE record (id INTEGER); PRAGMA user_version = 2"),
    ],
    [
      "with the tables of version 1 that is no version 1",
      "not_a_journal",
      "tables event, no_job_streak",
      () => theirs("CREATE TABLE event (id); CREATE TABLE no_job_streak (id); PRAGMA user_version = 7"),
    ],
    [
      "of a newer release",
      "newer_schema",
      "schema version 3",
      () => {
        close();
        theirs("PRAGMA user_version = 3");
      },
    ],
    [
      "without a table",
      "damaged",
      "no such table",
      () => {
        close();
        theirs("DROP TABLE state");
      },
    ],
    ["that is a folder", "not_a_file", "it is a folder", () => mkdirSync(file)],
    [
      "below a file",
      "not_a_file",
      "ENOTDIR|EEXIST",
      () => {
        writeFileSync(join(folder, "x"), "x");
        file = join(folder, "x", "journal.db");
      },
    ],
    ["that is a device", "not_a_file", "it is a device", () => symlinkSync("/dev/null", file)],
    [
      "with too long a name",
      "not_a_file",
      "ENAMETOOLONG",
      () => {
        file = join(folder, "x".repeat(300));
      },
    ],
    [
      "whose -wal was removed",
      "damaged",
      "its -wal file",
      () => {
        killed();
        rmSync(`${file}-wal`);
      },
    ],
    [
      "that was cut off in a page",
      "damaged",
      "it was cut off",
      () => {
        close();
        truncateSync(file, readFileSync(file).length - 1);
      },
    ],
    [
      "that was cut off between pages",
      "damaged",
      "malformed",
      () => {
        close();
        truncateSync(file, readFileSync(file).length - PAGE_BYTES);
      },
    ],
  ])("%s", (_, reason, found, make) => {
    make();
    const before = listing();
    const error = troubleOf(file);
    expect(error).toMatchObject({ code: "journal_unusable", reason });
    expect(error?.message).toMatch(
      new RegExp(
        `^The journal .*journal\\.db can not be used: .*(?:${found}).*\\. Allowed: .+\\. .+\\.$`.replace(
          "journal\\.db",
          reason === "not_a_file" ? "" : "journal\\.db",
        ),
      ),
    );
    expect(listing()).toEqual(before);
  });

  /** Every file's name and bytes, without what SQLite keeps to itself. */
  function listing(): Readonly<Record<string, string>> {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile() && !/-(?:wal|shm)$/.test(entry.name));
    return Object.fromEntries(
      files.map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), "latin1")]),
    );
  }
});

describe("a journal with damaged pages", { timeout: 60_000 }, () => {
  let sound: Buffer;
  let big: Buffer;
  let made: string;
  beforeAll(() => {
    made = mkdtempSync(join(tmpdir(), "journal-"));
    const bytes = (records: number): Buffer => {
      const path = join(made, `${records}.db`);
      const journal = openJournal({ file: path });
      fill(journal, records);
      journal.close();
      return readFileSync(path);
    };
    sound = bytes(200);
    // Too big to be checked as a whole when it is opened.
    big = bytes(1_500);
  });
  afterAll(() => rmSync(made, { recursive: true }));

  const damages: Readonly<Record<string, (page: Buffer) => void>> = {
    "its first byte changed": (page) => page.writeUInt8((page[0] ?? 0) ^ 0x55, 0),
    "bytes flipped": (page) => {
      for (let index = 0; index < 16; index += 1)
        page[(index * 257) % PAGE_BYTES] = (page[(index * 257) % PAGE_BYTES] ?? 0) ^ 0xff;
    },
    zeroes: (page) => page.fill(0),
    "all bits set": (page) => page.fill(0xff),
    "another page": (page) => sound.copy(page, 0, 2 * PAGE_BYTES, 3 * PAGE_BYTES),
  };

  it.each(Object.keys(damages))("is refused, for each page with %s", (name) => {
    const damage = damages[name] as (page: Buffer) => void;
    for (let at = 0; at < sound.length; at += PAGE_BYTES) {
      const bytes = Buffer.from(sound);
      damage(bytes.subarray(at, at + PAGE_BYTES));
      if (bytes.equals(sound)) continue;
      for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
      writeFileSync(file, bytes);
      expect(troubleOf(file), `page ${at / PAGE_BYTES}`).toMatchObject({
        code: "journal_unusable",
        reason: expect.stringMatching(/damaged|not_a_journal/),
      });
    }
  });

  it("that is too big to be checked each time never fails otherwise, and check() finds it", () => {
    expect(big.length).toBeGreaterThan(600_000);
    let refused = 0;
    let pages = 0;
    for (let at = PAGE_BYTES; at < big.length; at += 3 * PAGE_BYTES) {
      const bytes = Buffer.from(big);
      damages["bytes flipped"]?.(bytes.subarray(at, at + PAGE_BYTES));
      for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
      writeFileSync(file, bytes);
      let problems: readonly string[] = [];
      try {
        const journal = openJournal({ file });
        problems = journal.check();
        journal.close();
      } catch (error) {
        problems = [String(error)];
      }
      pages += 1;
      if (troubleOf(file) !== undefined) refused += 1;
      else expect(problems.length, `page ${at / PAGE_BYTES}`).toBeGreaterThan(0);
    }
    expect(refused).toBeGreaterThan(pages / 2);
  });
});

describe("an open journal", { timeout: 30_000 }, () => {
  it.each<readonly [what: string, change: () => void]>([
    ["was moved aside", () => renameSync(file, `${file}.old`)],
    [
      "was replaced",
      () => {
        renameSync(file, `${file}.old`);
        copyFileSync(`${file}.old`, file);
      },
    ],
    ["was removed", () => rmSync(file)],
    ["has lost its -wal", () => rmSync(`${file}-wal`)],
  ])("that %s takes no more writes", (_, change) => {
    const journal = openJournal({ file });
    fill(journal, 1);
    change();
    const replaced = expect.objectContaining({ code: "journal_unusable", reason: "replaced" });
    expect(() => fill(journal, 1)).toThrow(replaced);
    expect(() => journal.check()).toThrow(replaced);
    // Other writes are told within a moment.
    const until = (write: () => unknown): void => {
      const endsAt = performance.now() + 10_000;
      while (performance.now() < endsAt) write();
    };
    expect(() => until(() => journal.set("s", "k", 1))).toThrow(replaced);
    expect(() => until(() => journal.transaction(() => journal.set("s", "k", 1)))).toThrow(replaced);
    journal.close();
  });

  it("that is closed says so, and may be closed again", () => {
    const journal = openJournal({ file });
    journal.close();
    journal.close();
    for (const call of [
      () => journal.get("s", "k"),
      () => journal.records(),
      () => fill(journal, 1),
      () => journal.check(),
    ])
      expect(call).toThrow(expect.objectContaining({ code: "journal_unusable", reason: "closed" }));
  });

  it("keeps nothing of a transaction whose failed write was caught", () => {
    const journal = openJournal({ file });
    const other = new DatabaseSync(file);
    const failing = (): void => journal.append({ ...record("b"), id: undefined as never }) as never;
    expect(() =>
      journal.transaction(() => {
        journal.set("s", "k", 1);
        expect(failing).toThrow(expect.objectContaining({ code: "journal_unusable" }));
        expect(() => journal.set("s", "l", 2)).toThrow(expect.objectContaining({ code: "journal_unusable" }));
        return "done";
      }),
    ).toThrow(expect.objectContaining({ code: "journal_unusable" }));
    expect(journal.get("s", "k")).toBeUndefined();
    // And the lock is free.
    other.exec("BEGIN IMMEDIATE; COMMIT");
    other.close();
    journal.set("s", "k", 3);
    expect(journal.get("s", "k")).toBe(3);
    journal.close();
  });
});

describe("a new journal", () => {
  it("is made whole, and leaves nothing else; what a killed maker left is removed", () => {
    const gone = spawnSync(process.execPath, ["--eval", "0"]).pid;
    const [abandoned, living] = [`journal.db.${gone}-0123abcd.new`, `journal.db.${process.pid}-0123abcd.new`];
    for (const name of [abandoned, `${abandoned}-journal`, living, "journal.db.old"])
      writeFileSync(join(folder, name), "");
    openJournal({ file }).close();
    expect(readdirSync(folder).sort()).toEqual(["journal.db", living, "journal.db.old"].sort());
    linkSync(file, join(folder, abandoned));
    openJournal({ file }).close();
    expect(readdirSync(folder).sort()).toEqual(["journal.db", living, "journal.db.old"].sort());
  });

  it("has a folder that only its user can enter", () => {
    file = join(folder, "deep", "journal.db");
    openJournal({ file }).close();
    expect(existsSync(file)).toBe(true);
    if (process.platform !== "win32") expect(() => chmodSync(join(folder, "deep"), 0o700)).not.toThrow();
  });

  it.each<readonly [option: string, options: object]>([
    ["file", { file: "" }],
    ["file", { file: undefined }],
    ["lockTimeoutMillis", { lockTimeoutMillis: -1 }],
    ["lockTimeoutMillis", { lockTimeoutMillis: Number.NaN }],
    ["lockTimeoutMillis", { lockTimeoutMillis: "5" }],
    ["retention.maxDays", { retention: { maxDays: Number.NaN } }],
    ["retention.maxRecords", { retention: { maxRecords: 0 } }],
    ["retention.onceDays", { retention: { onceDays: -1 } }],
  ])("with a bad %s is refused: %j", (option, options) => {
    const open = (): FileJournal => openJournal({ file, ...options });
    expect(open).toThrow(expect.objectContaining({ code: "invalid_option" }));
    expect(open).toThrow(`openJournal: ${option}: found`);
    expect(existsSync(file)).toBe(false);
  });
});

function record(id: string): Parameters<FileJournal["append"]>[0] {
  return { kind: "worker_run", id, atMillis: 1, workerPool: "p", workerId: "w", data: {} };
}
