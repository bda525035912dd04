import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { JsonValue } from "@worker-watchdog/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileJournal } from "./file-journal.ts";
import { openJournal } from "./open-journal.ts";

let folder: string;
let journal: FileJournal;
let database: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
  const file = join(folder, "journal.db");
  journal = openJournal({ file });
  // Not defensive: it does what damage does.
  database = new DatabaseSync(file, { defensive: false });
});
afterEach(() => {
  database.close();
  journal.close();
  rmSync(folder, { recursive: true });
});

/** A value, or SQL that gives one that no value of JavaScript is. */
type Stored = SQLInputValue | { readonly sql: string };

function insert(table: string, row: Readonly<Record<string, Stored>>): void {
  const isSql = (value: Stored): value is { readonly sql: string } =>
    typeof value === "object" && value !== null && "sql" in value;
  const places = Object.values(row).map((value) => (isSql(value) ? value.sql : "?"));
  const values = Object.values(row).filter((value): value is SQLInputValue => !isSql(value));
  database.prepare(`INSERT INTO ${table} (${Object.keys(row).join()}) VALUES (${places.join()})`).run(...values);
}

/** As much of it as a title can hold. */
const brief = (stored: Stored): string => JSON.stringify(stored).slice(0, 40);

const deep = "[".repeat(200_000);
const prototype = JSON.parse('{"__proto__":{"polluted":true},"a":1}');

/** Bytes as text, whatever they are: SQLite itself does not look. */
const NOT_UTF8 = "CAST(x'ff7b22fe' AS TEXT)";

describe("R7.4: a stored value", () => {
  const values: readonly (readonly [text: Stored, value: JsonValue | undefined])[] = [
    ["", undefined],
    ["{", undefined],
    ['{"half":', undefined],
    ["undefined", undefined],
    ["NaN", undefined],
    ["1e999", Number.POSITIVE_INFINITY],
    ["'single'", undefined],
    ["\u0000", undefined],
    ["{}\u0000", undefined],
    [deep, undefined],
    [{ sql: NOT_UTF8 }, undefined],
    ["null", null],
    ["0", 0],
    ['"text"', "text"],
    ["[1,2]", [1, 2]],
    ['{"__proto__":{"polluted":true},"a":1}', prototype],
  ];

  it.each(values.map(([text, value]) => [brief(text), value, text] as const))("%s is read as %j", (_, value, text) => {
    insert("state", { scope: "s", key: "k", value: text, set_millis: 0 });
    expect(journal.get("s", "k")).toEqual(value);
    expect(journal.scopes("k")).toEqual(["s"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("R7.4: a stored record", () => {
  const sound = { id: "i", kind: "worker_run", at_millis: 5, worker_pool: "p", worker_id: "w", data: '{"a":1}' };
  const read = { id: "i", kind: "worker_run", atMillis: 5, workerPool: "p", workerId: "w", data: { a: 1 } };

  const fields: readonly (readonly [field: string, stored: Stored, change: object])[] = [
    ["data", "", { data: {} }],
    ["data", "{", { data: {} }],
    ["data", "null", { data: {} }],
    ["data", "[1]", { data: {} }],
    ["data", '"text"', { data: {} }],
    ["data", deep, { data: {} }],
    ["data", { sql: NOT_UTF8 }, { data: {} }],
    ["data", '{"__proto__":{"polluted":true},"a":1}', { data: prototype }],
    ["at_millis", -1, { atMillis: -1 }],
    ["at_millis", { sql: "9223372036854775807" }, { atMillis: 2 ** 63 }],
    ["at_millis", { sql: "-9223372036854775808" }, { atMillis: -(2 ** 63) }],
    ["id", "", { id: "" }],
    ["id", "a\u0000b", { id: "a\u0000b" }],
    ["id", { sql: "CAST(x'ff' AS TEXT)" }, { id: "\ufffd" }],
    ["kind", "of a later release", { kind: "of a later release" }],
    ["name", "not.known", { name: "not.known" }],
    ["name", null, {}],
    ["job_id", "", { jobId: "" }],
    ["worker_id", "x".repeat(1_000_000), { workerId: "x".repeat(1_000_000) }],
    ["stored_millis", { sql: "9223372036854775807" }, {}],
    ["stored_millis", { sql: "-9223372036854775808" }, {}],
  ];

  it.each(fields.map(([field, stored, change]) => [field, brief(stored), stored, change] as const))(
    "with the %s %s is read, with the damage as a default",
    (field, _, stored, change) => {
      insert("record", { ...sound, once_key: "o", stored_millis: 0, [field]: stored });
      expect(journal.records()).toEqual([{ ...read, ...change }]);
      expect(journal.recordOnce("o")).toEqual({ ...read, ...change });
      // Retention reads it as well, and goes on.
      expect(journal.prune()).toMatchObject({ isComplete: true });
    },
  );

  it("of a type that no table takes has its defaults", () => {
    // As damaged pages give it: the row's own types, not the table's.
    database.exec(`
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name IN ('record', 'state');
      PRAGMA writable_schema = RESET;
      INSERT INTO record (id, kind, name, at_millis, worker_pool, worker_id, job_id, trace_id, data, stored_millis)
        VALUES (x'00', x'01', x'02', 'noon', x'03', x'04', x'05', x'06', x'07', 'never');
      INSERT INTO state (scope, key, value, set_millis) VALUES ('s', 'k', x'7b7d', x'00');`);
    expect(journal.records()).toEqual([{ id: "", kind: "", atMillis: 0, workerPool: "", workerId: "", data: {} }]);
    expect(journal.get("s", "k")).toBeUndefined();
    expect(journal.scopes("k")).toEqual(["s"]);
    expect(journal.prune()).toMatchObject({ isComplete: true });
  });
});

describe("a record that can not be right", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])("with the time %d is kept with the time 0", (atMillis) => {
    journal.append({ kind: "worker_run", id: "i", atMillis, workerPool: "p", workerId: "w", data: {} });
    expect(journal.records()[0]?.atMillis).toBe(0);
  });
});
