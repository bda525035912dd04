import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWatchdog } from "@worker-watchdog/sdk";
import { openJournal } from "@worker-watchdog/store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { credentials } from "../../../../test/corpus/corpus.ts";
import { statusCommand } from "./status.ts";

const TOKEN = credentials().find(({ of }) => of === "GitHub personal access token")?.text ?? "";
const ID = `job-${TOKEN}`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "watchdog-status-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function printed(values: Readonly<Record<string, string | boolean>>): Promise<string> {
  const lines: string[] = [];
  const tell = (line: string): void => void lines.push(line);
  await statusCommand.run({ journal: join(directory, "journal.db"), ...values }, {
    directory,
    environment: {},
    print: tell,
    complain: tell,
  } as unknown as Parameters<typeof statusCommand.run>[1]);
  return lines.join("\n");
}

it("R12: shows no credential of a job's id, which it still finds the worker by", async () => {
  const journal = openJournal({ file: join(directory, "journal.db") });
  const watchdog = createWatchdog({ worker: { id: "w1", pool: "p" }, journal, environment: {} });
  await watchdog.heartbeat(async (beat) => {
    await beat.claim(() => ({ ok: true, job: { id: ID, lease_expires_at: Date.now() / 1_000 + 600 } }));
    for (const values of [{}, { json: true }, { job: ID }, { job: ID, json: true }]) {
      const text = await printed(values);
      expect(text).toContain("job-[redacted:github_token]");
      expect(text).not.toContain(TOKEN.slice(0, 12));
    }
    // What a script hands back to the queue is the id itself.
    expect(await printed({ held: true, worker: "w1", pool: "p" })).toBe(ID);
  });
  await watchdog.stop({ drainMillis: 0 });
  journal.close();
});
