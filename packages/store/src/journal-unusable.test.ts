import { WatchdogError } from "@worker-watchdog/sdk";
import { expect, it } from "vitest";
import { isLocked, journalUnusable } from "./journal-unusable.ts";

const thrown = (fields: object, message = "it failed"): Error => Object.assign(new Error(message), fields);

it.each<readonly [what: string, cause: unknown, reason: string, isRetryable: boolean]>([
  ["SQLITE_PERM", thrown({ errcode: 3 }), "not_writable", false],
  ["SQLITE_BUSY", thrown({ errcode: 5 }), "locked", true],
  ["SQLITE_BUSY_RECOVERY", thrown({ errcode: 261 }), "locked", true],
  ["SQLITE_LOCKED", thrown({ errcode: 6 }), "locked", true],
  ["SQLITE_READONLY", thrown({ errcode: 8 }), "not_writable", false],
  ["SQLITE_IOERR", thrown({ errcode: 10 }), "failed", false],
  ["SQLITE_IOERR_SHORT_READ", thrown({ errcode: 522 }), "damaged", false],
  ["SQLITE_IOERR_CORRUPTFS", thrown({ errcode: 8458 }), "damaged", false],
  ["SQLITE_CORRUPT", thrown({ errcode: 11 }), "damaged", false],
  ["SQLITE_CORRUPT_INDEX", thrown({ errcode: 779 }), "damaged", false],
  ["SQLITE_FULL", thrown({ errcode: 13 }), "disk_full", true],
  ["SQLITE_CANTOPEN", thrown({ errcode: 14 }), "not_writable", false],
  ["SQLITE_PROTOCOL", thrown({ errcode: 15 }), "locked", true],
  ["SQLITE_NOTADB", thrown({ errcode: 26 }), "not_a_journal", false],
  ["a table that is gone", thrown({ errcode: 1 }, "no such table: record"), "damaged", false],
  ["another error of SQLite", thrown({ errcode: 1 }), "failed", false],
  ["EACCES", thrown({ code: "EACCES" }), "not_writable", false],
  ["EROFS", thrown({ code: "EROFS" }), "not_writable", false],
  ["ENOSPC", thrown({ code: "ENOSPC" }), "disk_full", true],
  ["ENOTDIR", thrown({ code: "ENOTDIR" }), "not_a_file", false],
  ["another error of the system", thrown({ code: "EIO" }), "failed", false],
  ["no error at all", "text", "failed", false],
])("%s is told as what it means", (_, cause, reason, isRetryable) => {
  const error = journalUnusable("/x/journal.db", cause);
  expect(error).toMatchObject({ code: "journal_unusable", reason, isRetryable, cause });
  expect(error.message).toMatch(/^The journal \/x\/journal\.db can not be used: .+\. Allowed: .+\. .+\.$/);
  expect(isLocked(cause)).toBe(reason === "locked");
});

it("an error of the library stays what it is", () => {
  const error = new WatchdogError("invalid_option", "x");
  expect(journalUnusable("/x/journal.db", error)).toBe(error);
  expect(isLocked(journalUnusable("/x/journal.db", thrown({ errcode: 5 })))).toBe(false);
});
