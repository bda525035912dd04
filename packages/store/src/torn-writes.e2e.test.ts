/** A crash at any byte: the files as a power cut or a kill leaves them, cut off and half copied, opened again. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FileJournal, openJournal } from "./index.ts";
import { PAGE_BYTES } from "./schema.ts";

const ROUNDS = 6;
/** Between two cuts; prime, so that every part of a page is met. */
const STEP_BYTES = 797;
const HEADER_BYTES = 32;
const FRAME_BYTES = PAGE_BYTES + 24;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** One write of each kind; its number says how far a reader sees. */
function write(journal: FileJournal, round: number): void {
  const record = {
    kind: "worker_run" as const,
    atMillis: 1,
    workerPool: "p",
    workerId: "w",
    data: { text: "x".repeat(3_000) },
  };
  journal.append({ ...record, id: `${round}` });
  journal.append({ ...record, id: `once-${round}` }, { once: `${round}` });
  journal.transaction(() => {
    journal.set("s", "left", round);
    journal.append({ ...record, id: `both-${round}` });
    journal.set("s", "right", round);
  });
}

/** How many writes a reader sees; each sees whole ones, in order. */
function seen(file: string): number {
  const journal = openJournal({ file });
  try {
    const ids = journal.records({ limit: 1_000 }).map(({ id }) => id);
    const all = Array.from({ length: ROUNDS }, (_, round) => [`${round}`, `once-${round}`, `both-${round}`]).flat();
    expect(ids).toEqual(all.slice(0, ids.length));
    const transactions = ids.filter((id) => id.startsWith("both-")).length;
    const both = ["left", "right"].map((key) => 1 + Number(journal.get("s", key) ?? -1));
    expect(both).toEqual([transactions, transactions]);
    return ids.length;
  } finally {
    journal.close();
  }
}

function files(): { readonly sound: string; readonly torn: string } {
  return { sound: join(folder, "journal.db"), torn: join(folder, "torn.db") };
}

function remove(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
}

describe("a file whose last write was torn", () => {
  it("in the log, at any byte, loses that write alone", () => {
    const { sound, torn } = files();
    const journal = openJournal({ file: sound });
    const sizes: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      write(journal, round);
      sizes.push(readFileSync(`${sound}-wal`).length);
    }
    const log = readFileSync(`${sound}-wal`);
    const cuts: number[] = [];
    for (let at = 0; at <= log.length; at += STEP_BYTES) cuts.push(at);
    for (let at = HEADER_BYTES; at <= log.length; at += FRAME_BYTES) cuts.push(at - 1, at, at + 1);
    let before = 0;
    for (const cut of cuts.sort((a, b) => a - b)) {
      remove(torn);
      copyFileSync(sound, torn);
      writeFileSync(`${torn}-wal`, log.subarray(0, cut));
      const now = seen(torn);
      expect(now).toBeGreaterThanOrEqual(before);
      // Whole rounds whose bytes are all there are all seen.
      expect(now).toBeGreaterThanOrEqual(3 * sizes.filter((size) => size <= cut).length);
      before = now;
    }
    expect(before).toBe(3 * ROUNDS);
    journal.close();
  });

  it("in the file itself, while the log is copied into it, loses nothing", () => {
    const { sound, torn } = files();
    const journal = openJournal({ file: sound });
    for (let round = 0; round < ROUNDS; round += 1) write(journal, round);
    const before = readFileSync(sound);
    const log = readFileSync(`${sound}-wal`);
    const other = new DatabaseSync(sound);
    other.exec("PRAGMA wal_checkpoint(PASSIVE)");
    other.close();
    const after = readFileSync(sound);
    expect(after.length).toBeGreaterThan(before.length);
    for (let cut = 0; cut <= after.length; cut += 3_571) {
      remove(torn);
      writeFileSync(torn, Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
      writeFileSync(`${torn}-wal`, log);
      expect(seen(torn)).toBe(3 * ROUNDS);
    }
    journal.close();
  });
});
