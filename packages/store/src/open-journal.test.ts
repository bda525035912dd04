import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EVENTS } from "@worker-watchdog/sdk/semconv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "./open-journal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const worker = { pool: "p", id: "w1" };
const event = {
  name: EVENTS.jobClaimed,
  atMillis: 1_000,
  workerPool: "p",
  workerId: "w1",
  jobId: "J1",
  traceId: "t1",
  data: { lease_expires_at: 5 },
};

describe("openJournal", () => {
  it("keeps events and streaks over a restart", () => {
    const file = join(folder, "deep", "journal.db");
    const first = openJournal({ file });
    first.append(event);
    first.append({ ...event, name: EVENTS.jobSettled, jobId: undefined });
    first.setNoJobStreak(worker, 2);
    first.setNoJobStreak({ pool: "q", id: "w1" }, 7);
    first.close();
    const second = openJournal({ file });
    expect(second.events({ jobId: "J1" })).toEqual([event]);
    expect(second.events().map(({ name }) => name)).toEqual([EVENTS.jobClaimed, EVENTS.jobSettled]);
    expect(second.events({ limit: 1 }).map(({ name }) => name)).toEqual([EVENTS.jobSettled]);
    expect(second.noJobStreak(worker)).toBe(2);
    expect(second.noJobStreak({ pool: "p", id: "other" })).toBe(0);
    second.close();
  });

  it("is written by several processes at once, and loses nothing", () => {
    const file = join(folder, "journal.db");
    const program = `
      import { openJournal } from ${JSON.stringify(new URL("./open-journal.ts", import.meta.url).href)};
      const journal = openJournal({ file: ${JSON.stringify(file)}, lockTimeoutMillis: 20000 });
      for (let index = 0; index < 200; index += 1) journal.append(${JSON.stringify(event)});
      journal.close();`;
    const arguments_ = ["--conditions=@worker-watchdog/source", "--input-type=module", "--eval", program];
    const script = join(folder, "run.sh");
    writeFileSync(script, `#!/bin/sh\nfor i in 1 2 3; do "$@" & done\nwait\n`, { mode: 0o700 });
    const done = spawnSync(script, [process.execPath, ...arguments_], { cwd: import.meta.dirname, encoding: "utf8" });
    expect(done.stderr).toBe("");
    const journal = openJournal({ file });
    expect(journal.events({ limit: 10_000 })).toHaveLength(600);
    journal.close();
  });

  it("keeps what a killed process had appended", () => {
    const file = join(folder, "journal.db");
    const program = `
      import { openJournal } from ${JSON.stringify(new URL("./open-journal.ts", import.meta.url).href)};
      const journal = openJournal({ file: ${JSON.stringify(file)} });
      journal.append(${JSON.stringify(event)});
      process.kill(process.pid, "SIGKILL");`;
    const done = spawnSync(
      process.execPath,
      ["--conditions=@worker-watchdog/source", "--input-type=module", "--eval", program],
      { cwd: import.meta.dirname },
    );
    expect(done.signal).toBe("SIGKILL");
    const journal = openJournal({ file });
    expect(journal.events()).toEqual([event]);
    journal.close();
  });

  it.each([
    [
      "is no database",
      (file: string) => writeFileSync(file, "not a database, but long enough to be looked at as one".repeat(40)),
    ],
    [
      "comes from a newer release",
      (file: string) => {
        const database = new DatabaseSync(file);
        database.exec("PRAGMA user_version = 99");
        database.close();
      },
    ],
  ])("refuses a file that %s, and says what to do", (_, make) => {
    const file = join(folder, "journal.db");
    make(file);
    expect(() => openJournal({ file })).toThrow(
      expect.objectContaining({ code: "journal_unusable", message: expect.stringContaining(file) }),
    );
  });

  it("gives an event whose data is damaged without it", () => {
    const file = join(folder, "journal.db");
    const journal = openJournal({ file });
    journal.append(event);
    const database = new DatabaseSync(file);
    database.exec("UPDATE event SET data = '{\"half\":'");
    database.close();
    expect(journal.events()[0]?.data).toEqual({});
    journal.close();
  });
});
