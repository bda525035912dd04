/** The journal in a file does what the one in memory does, whatever is asked of it and however often it is closed and opened again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Journal,
  type JournalRecord,
  type JsonValue,
  memoryJournal,
  type RecordQuery,
} from "@worker-watchdog/sdk";
import { EVENTS, RECORDS, type RecordKind } from "@worker-watchdog/sdk/semconv";
import { type FileJournal, openJournal } from "@worker-watchdog/store";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What both are asked, and the answer. */
type Question = (journal: Journal) => unknown;

const few = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const text = fc.oneof(
  few("a", "b"),
  fc.string({ unit: "grapheme", maxLength: 8 }).filter((value) => !value.includes("\0")),
);
const kind = fc.constantFrom(...(Object.keys(RECORDS) as RecordKind[]));
const name = maybe(few(EVENTS.jobClaimed, EVENTS.jobSettled));
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const key = few("k", "l");
const scope = few("worker/p/a", "worker/p/b", "job/J", "run/ü");

const record: fc.Arbitrary<JournalRecord> = fc
  .record({
    kind,
    id: text,
    atMillis: fc.integer({ min: -1, max: 2e12 }),
    workerPool: few("p", "q"),
    workerId: text,
    name,
    jobId: maybe(few("J1", "J2")),
    traceId: maybe(few("t1", "t2")),
    data: fc
      .dictionary(fc.string({ maxLength: 5 }), json, { maxKeys: 3 })
      .map((value) => JSON.parse(JSON.stringify(value))),
  })
  // As a journal gives it back: without what is not there.
  .map(
    (value) =>
      Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as unknown as JournalRecord,
  );

const query: fc.Arbitrary<RecordQuery> = fc.record({
  kind: maybe(kind),
  name,
  worker: maybe(fc.record({ pool: few("p", "q"), id: few("a", "b") })),
  jobId: maybe(few("J1", "J2")),
  traceId: maybe(few("t1", "t2")),
  limit: maybe(fc.integer({ min: 1, max: 4 })),
});

const { question } = fc.letrec<{ question: Question; transaction: Question }>((tie) => ({
  question: fc.oneof(
    { maxDepth: 3 },
    record.map(
      (value): Question =>
        (journal) =>
          journal.append(value),
    ),
    fc.tuple(record, key).map(
      ([value, once]): Question =>
        (journal) =>
          journal.append(value, { once }),
    ),
    key.map(
      (value): Question =>
        (journal) =>
          journal.recordOnce(value) ?? null,
    ),
    query.map(
      (value): Question =>
        (journal) =>
          journal.records(value),
    ),
    fc.tuple(scope, key, maybe(json)).map(
      ([where, what, value]): Question =>
        (journal) =>
          journal.set(where, what, value),
    ),
    fc.tuple(scope, key).map(
      ([where, what]): Question =>
        (journal) =>
          journal.get(where, what),
    ),
    key.map(
      (value): Question =>
        (journal) =>
          journal.scopes(value),
    ),
    tie("transaction"),
  ),
  transaction: fc.tuple(fc.array(tie("question"), { maxLength: 5 }), fc.boolean()).map(
    ([questions, throws]): Question =>
      (journal) => {
        try {
          return journal.transaction(() => {
            const answers = questions.map((ask) => ask(journal));
            if (throws) throw new RangeError("taken back");
            return answers;
          });
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return "taken back";
        }
      },
  ),
}));

const REOPEN = "reopen";

it("answers as the journal in memory", { timeout: 120_000 }, () => {
  let run = 0;
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 12, arbitrary: question }, few(REOPEN)), { maxLength: 30 }),
      (questions) => {
        run += 1;
        const file = join(folder, `${run}.db`);
        const memory = memoryJournal();
        let journal: FileJournal = openJournal({ file });
        try {
          for (const ask of questions) {
            if (typeof ask !== "string") {
              expect(ask(journal)).toEqual(ask(memory));
              continue;
            }
            journal.close();
            journal = openJournal({ file });
          }
          expect(journal.records({ limit: 1_000 })).toEqual(memory.records({ limit: 1_000 }));
          expect(journal.check()).toEqual([]);
        } finally {
          journal.close();
          for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
        }
      },
    ),
    { numRuns: Number(process.env["WATCHDOG_PROPERTY_RUNS"] ?? 100) },
  );
});
