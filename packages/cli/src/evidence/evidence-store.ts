/** The local evidence store: what commands printed, redacted, in files named by their content. Nobody but this user can read it. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How much is kept. */
export interface EvidenceRetention {
  /** What is older than so many days is removed. */
  readonly maxAgeDays: number;
  /** The oldest are removed beyond so many bytes in all. */
  readonly maxBytes: number;
}

/** Kept by default: longer than a page stays open, less than a disk notices. */
export const EVIDENCE_RETENTION: EvidenceRetention = { maxAgeDays: 30, maxBytes: 268_435_456 };

const REFERENCE = /^evidence:([0-9a-f]{64})$/;
const FILE = /^[0-9a-f]{64}\.txt$/;
/** Looking through the folder costs as much as it holds: one new document in so many does it. */
const NEW_DOCUMENTS_PER_CLEANING = 64;
const DAY_MILLIS = 86_400_000;

/** Documents by reference. */
export class EvidenceStore {
  readonly #folder: string;
  readonly #retention: EvidenceRetention;
  readonly #now: () => number;

  constructor(folder: string, options: { readonly retention?: EvidenceRetention; readonly now?: () => number } = {}) {
    this.#folder = folder;
    this.#retention = options.retention ?? EVIDENCE_RETENTION;
    this.#now = options.now ?? Date.now;
  }

  /** Keeps a document and gives its reference: `evidence:` and the document's SHA-256. @throws the file system's error. */
  put(document: string): string {
    const hash = createHash("sha256").update(document).digest("hex");
    const path = this.#path(hash);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const now = this.#now() / 1_000;
    try {
      // The same again: it is as new as its newest use.
      utimesSync(path, now, now);
      return `evidence:${hash}`;
    } catch {
      // Not there yet.
    }
    const staged = `${path}.${process.pid}.staged`;
    writeFileSync(staged, document, { mode: 0o600 });
    renameSync(staged, path);
    if (Number.parseInt(hash.slice(0, 4), 16) % NEW_DOCUMENTS_PER_CLEANING === 0) this.clean();
    return `evidence:${hash}`;
  }

  /** The document behind a reference; undefined where it is no reference, or was removed. */
  get(reference: string): string | undefined {
    const path = this.path(reference);
    try {
      return path === undefined ? undefined : readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  }

  /** Path of the file behind a reference, whether or not it is there. */
  path(reference: string): string | undefined {
    const hash = REFERENCE.exec(reference)?.[1];
    return hash === undefined ? undefined : this.#path(hash);
  }

  /** Removes what is too old or too much, and what a killed process left half written. */
  clean(): void {
    const oldest = this.#now() - this.#retention.maxAgeDays * DAY_MILLIS;
    let bytes = 0;
    for (const { path, isDocument, size, atMillis } of this.#files()) {
      bytes += size;
      const isLeftOver = !isDocument && this.#now() - atMillis > DAY_MILLIS;
      const isTooMuch = isDocument && (atMillis < oldest || bytes > this.#retention.maxBytes);
      if (isLeftOver || isTooMuch) rmSync(path, { force: true });
    }
  }

  #path(hash: string): string {
    return join(this.#folder, `${hash}.txt`);
  }

  /** The store's own files, newest first. */
  #files(): readonly { path: string; isDocument: boolean; size: number; atMillis: number }[] {
    const files = readdirSync(this.#folder).flatMap((name) => {
      const isDocument = FILE.test(name);
      if (!isDocument && !name.endsWith(".staged")) return [];
      const path = join(this.#folder, name);
      const { size = 0, mtimeMs = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
      return [{ path, isDocument, size, atMillis: mtimeMs }];
    });
    return files.sort((left, right) => right.atMillis - left.atMillis);
  }
}

/** The folder of the evidence that belongs to a journal's file. */
export function evidenceFolder(journalFile: string): string {
  return join(dirname(journalFile), "evidence");
}
