/**
 * Kill -9 (issue 4: "at each journal write: the next process knows what happened, and nothing is doubled"). The long form is `npm run
 * campaign -- journal`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "@worker-watchdog/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crashOnce } from "./crash.ts";

const KILLS = Number(process.env["WATCHDOG_JOURNAL_KILLS"] ?? 24);
/** Points between statements in one round of the program: the first round makes, the second changes. */
const POINTS = 20;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a process that is killed", { timeout: 30_000 + KILLS * 5_000 }, () => {
  it("between any two statements leaves what it was told is kept, and no half transaction", async () => {
    const file = join(folder, "points.db");
    for (let point = 1; point <= POINTS; point += 1) await crashOnce({ file, name: `w${point}`, killAt: point });
  });

  it("at any moment leaves the same, with others beside it", async () => {
    const file = join(folder, "moments.db");
    for (let kill = 0; kill < KILLS; kill += 2) {
      const names = [`w${kill}`, `w${kill + 1}`];
      await Promise.all(names.map((name) => crashOnce({ file, name, killAfterMillis: Math.random() * 120 })));
    }
    const journal = openJournal({ file });
    expect(new Set(journal.records({ limit: 1_000_000 }).map(({ id }) => id.split("-")[0])).size).toBe(KILLS);
    journal.close();
  });
});
