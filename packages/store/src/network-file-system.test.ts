import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { openJournal } from "./open-journal.ts";

// No test can have a network file system: what the system says of this disk is put in another's words.
const said = vi.hoisted(() => ({ name: "NFS" as string | undefined, isNetwork: true }));
vi.mock("./file-system.ts", () => ({ fileSystemOf: () => said }));

const file = join(tmpdir(), "journal-on-a-network.db");

it("a journal on a network file system is refused, and not made", () => {
  const refused = expect.objectContaining({ code: "journal_unusable", reason: "network_file_system" });
  expect(() => openJournal({ file })).toThrow(refused);
  expect(() => openJournal({ file })).toThrow("it is on NFS. Allowed: a local disk");
  expect(existsSync(file)).toBe(false);
});

it("one on a file system that may be local works, and says so", () => {
  const folder = mkdtempSync(join(tmpdir(), "journal-"));
  Object.assign(said, { name: "FUSE", isNetwork: false });
  const journal = openJournal({ file: join(folder, "journal.db") });
  expect(journal.warnings).toEqual([expect.stringContaining("is on FUSE")]);
  journal.close();
  rmSync(folder, { recursive: true });
});
