import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OutputRecorder } from "../child/output-recorder.ts";
import { evidenceDocument } from "./evidence-document.ts";
import { EvidenceStore } from "./evidence-store.ts";

const DAY_MILLIS = 86_400_000;
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "watchdog-evidence-")), "evidence");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

describe("R2.3: the evidence store", () => {
  test("gives a document back by its reference, and keeps one of each", () => {
    const store = new EvidenceStore(folder);
    const reference = store.put("what it printed");
    expect(reference).toMatch(/^evidence:[0-9a-f]{64}$/);
    expect(store.put("what it printed")).toBe(reference);
    expect(store.get(reference)).toBe("what it printed");
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("nobody else may read it", () => {
    const store = new EvidenceStore(folder);
    const path = store.path(store.put("x")) as string;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test.each(["evidence:../../etc/passwd", "evidence:", `evidence:${"g".repeat(64)}`, `evidence:${"0".repeat(64)}`])(
    "%s is nothing",
    (reference) => {
      expect(new EvidenceStore(folder).get(reference)).toBeUndefined();
    },
  );

  test("what is too old, too much or half written goes; what is not ours stays", () => {
    const now = Date.now();
    const store = new EvidenceStore(folder, { retention: { maxAgeDays: 30, maxBytes: 25 }, now: () => now });
    const put = (document: string, daysAgo: number): string => {
      const reference = store.put(document);
      const at = (now - daysAgo * DAY_MILLIS) / 1_000;
      utimesSync(store.path(reference) as string, at, at);
      return reference;
    };
    const young = put("0123456789", 1);
    const older = put("abcdefghij", 29);
    const tooMuch = put("ABCDEFGHIJ", 29.5);
    const tooOld = put("x", 31);
    for (const name of ["old.1.staged", "new.1.staged", "notes.md"]) writeFileSync(join(folder, name), "");
    utimesSync(join(folder, "old.1.staged"), 0, 0);
    store.clean();
    expect([young, older, tooMuch, tooOld].map((reference) => store.get(reference) !== undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(readdirSync(folder).filter((name) => !name.endsWith(".txt"))).toEqual(["new.1.staged", "notes.md"]);
  });
});

describe("R2.3: what is kept of an output", () => {
  const facts = { phase: "build", command: "make", exitCode: 2, signal: null };
  const recorded = (...chunks: string[]) => {
    const recorder = new OutputRecorder();
    for (const chunk of chunks) recorder.push(Buffer.from(chunk), "stdout");
    return recorder.output();
  };
  const redact = (text: string): string => text.replaceAll(/SECRET-\d+/g, "[redacted]");

  test("a short one is kept whole, without its credentials", () => {
    const document = evidenceDocument(facts, recorded("token ", "SECRET-1234", "\n"), redact);
    expect(document).toMatch(
      /^phase: build\ncommand: make\nexit code: 2\nsignal: none\nstdout: 18 bytes, sha256 [0-9a-f]{64}\n/,
    );
    expect(document).toMatch(/\n\ntoken \[redacted\]\n$/);
  });

  test.each([65_536, 65_537, 81_920, 81_921, 5_000_000])("%i bytes: at most 64 KiB of them, head and tail", (bytes) => {
    const text = `begin${"é".repeat((bytes - 9) / 2)}${bytes % 2 === 0 ? "x" : ""}end`;
    const document = evidenceDocument(facts, recorded(text), redact);
    const kept = document.slice(document.indexOf("\n\n") + 2);
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(65_536 + 60);
    expect(kept).toMatch(/^begin/);
    expect(kept).toMatch(/end$/);
    expect(kept).not.toContain("\uFFFD");
  });

  test("a credential that a cut goes through is not kept in part", () => {
    const document = evidenceDocument(facts, recorded("SECRET-123456789 ".repeat(20_000)), redact);
    const kept = document.slice(document.indexOf("\n\n"));
    expect(kept).toMatch(/^[[\]redacted \s]+\n\[… \d+ bytes left out …\]\n[[\]redacted \s]+$/);
  });
});
