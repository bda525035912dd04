/** Several processes of one machine use one journal at once (issue 4, item 5). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "@worker-watchdog/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startProgram } from "./run-program.ts";

const TIMEOUT_MILLIS = 60_000;
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  file = join(folder, "deep", "journal.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("several processes", { timeout: TIMEOUT_MILLIS }, () => {
  it("that make, write and read one journal at once lose nothing, and no increment", async () => {
    const writers = ["a", "b", "c", "d"].map((name) => startProgram("count", file, name, 150));
    const readers = [1, 2].map(() => startProgram("read", file, 600));
    for (const { ended } of [...writers, ...readers]) expect(await ended()).toMatchObject({ signal: null, stderr: "" });
    const journal = openJournal({ file });
    expect(journal.get("all", "count")).toBe(600);
    const records = journal.records({ limit: 10_000 });
    expect(new Set(records.map(({ id }) => id)).size).toBe(600);
    expect(records).toHaveLength(600);
    for (const name of ["a", "b", "c", "d"]) {
      const own = records.map(({ id }) => id).filter((id) => id.startsWith(name));
      expect(own).toEqual(Array.from({ length: 150 }, (_, index) => `${name}-${index}`));
    }
    expect(journal.check()).toEqual([]);
    journal.close();
  });

  it("R7.2: that append once under the same keys all get the one record", async () => {
    const programs = Array.from({ length: 8 }, (_, index) => startProgram("once", file, `process${index}`, 20));
    const ends = await Promise.all(programs.map(({ ended }) => ended()));
    for (const { stderr } of ends) expect(stderr).toBe("");
    const journal = openJournal({ file });
    const records = journal.records({ limit: 1_000 });
    expect(records).toHaveLength(20);
    for (const { lines } of ends) {
      expect(lines).toEqual(lines.map((_, index) => journal.recordOnce(`key-${index}`)?.id));
      expect(lines).toHaveLength(20);
    }
    journal.close();
  });

  it("R7.3: one that holds the lock for too long is named to the others, which lose nothing and may go on after it", async () => {
    const journal = openJournal({ file, lockTimeoutMillis: 50 });
    const holder = startProgram("hold", file);
    await holder.firstLine();
    const write = (): unknown => journal.set("s", "k", 1);
    expect(write).toThrow(expect.objectContaining({ code: "journal_unusable", reason: "locked", isRetryable: true }));
    expect(write).toThrow(
      process.platform === "linux" ? `process ${holder.child.pid} (node) may hold the lock` : "lists the processes",
    );
    expect(() => journal.transaction(write)).toThrow(expect.objectContaining({ reason: "locked" }));
    // Readers do not wait, and a new process can open it.
    expect(journal.get("s", "k")).toBeUndefined();
    openJournal({ file, lockTimeoutMillis: 50 }).close();
    if (process.platform === "linux") {
      const own = openJournal({ file, lockTimeoutMillis: 0 });
      holder.child.kill("SIGKILL");
      await holder.ended();
      expect(() => own.transaction(write)).toThrow("another connection of this process may hold the lock");
      own.close();
    }
    holder.child.kill("SIGKILL");
    await holder.ended();
    write();
    expect(journal.get("s", "k")).toBe(1);
    journal.close();
  });
});
