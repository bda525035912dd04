/** What the tests of several processes and of crashes run: `<mode> <file> <arguments>`. It says each thing as soon as the journal has it. */
import { writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { JournalRecord } from "@worker-watchdog/sdk";
import { openJournal } from "@worker-watchdog/store";

const [mode = "", file = "", ...rest] = process.argv.slice(2);
// Not process.stdout: what was said has to be out before a kill.
const say = (line: string): unknown => writeSync(1, `${line}\n`);
const record = (id: string): JournalRecord => ({
  kind: "worker_run",
  id,
  atMillis: Date.now(),
  workerPool: "p",
  workerId: "w",
  data: { status: "ok" },
});
const modes: Readonly<Record<string, () => void>> = { crash, count, once, read, hold, append };
const run = modes[mode];
if (run === undefined) throw new Error(`no mode ${mode}`);
run();

/** Writes for ever, in every way; with a number, it kills itself at that point between two statements. */
function crash(): void {
  const [name = "", killAt = "Infinity"] = rest;
  let points = 0;
  const point = (): void => {
    points += 1;
    if (points === Number(killAt)) process.kill(process.pid, "SIGKILL");
  };
  const journal = openJournal({ file });
  for (let index = 0; ; index += 1) {
    point();
    journal.append(record(`${name}-append-${index}`));
    point();
    say(`append ${index}`);
    journal.set(name, "set", index);
    point();
    say(`set ${index}`);
    journal.transaction(() => {
      point();
      journal.set(name, "left", index);
      point();
      journal.append(record(`${name}-both-${index}`));
      point();
      journal.set(name, "right", index);
      point();
    });
    point();
    say(`both ${index}`);
    journal.append(record(`${name}-once-${index}`), { once: `${name}-${index}` });
    point();
    say(`once ${index}`);
  }
}

/** Raises one number, again and again, and appends as often. */
function count(): void {
  const [name = "", times = "0"] = rest;
  const journal = openJournal({ file });
  for (let index = 0; index < Number(times); index += 1) {
    journal.transaction(() => journal.set("all", "count", Number(journal.get("all", "count") ?? 0) + 1));
    journal.append(record(`${name}-${index}`));
  }
  journal.close();
}

/** Appends under keys that other processes use as well, and says whose record it was given. */
function once(): void {
  const [name = "", times = "0"] = rest;
  const journal = openJournal({ file });
  for (let index = 0; index < Number(times); index += 1) {
    const kept = journal.append(record(`${name}-${index}`), { once: `key-${index}` });
    say(kept.id);
  }
  journal.close();
}

/** Reads until there are so many records; each look is whole and in order. */
function read(): void {
  const [wanted = "0"] = rest;
  const journal = openJournal({ file });
  for (let seen = 0; seen < Number(wanted); ) {
    const records = journal.records({ limit: Number(wanted) });
    if (records.length < seen) throw new Error(`it had ${seen} records, and has ${records.length}`);
    if (records.some(({ id, data }) => id === "" || data["status"] !== "ok")) throw new Error("a half record");
    seen = records.length;
  }
  journal.close();
}

/** Holds the write lock until it is killed. */
function hold(): void {
  const database = new DatabaseSync(file);
  database.exec("BEGIN IMMEDIATE");
  say("held");
  // Kept in use: a connection that is collected lets go.
  setInterval(() => database.location(), 1_000);
}

/** Appends, as another user than root, until it can not; says how many records it has, and why it has no more. */
function append(): void {
  const [user = "0", wanted = "0"] = rest;
  let count = 0;
  try {
    // Root may write whatever the permissions say.
    if (process.getuid?.() === 0) process.setuid?.(Number(user));
    const journal = openJournal({ file });
    for (; count < Number(wanted); count += 1)
      journal.append({ ...record(`${count}`), data: { status: "ok", text: "x".repeat(1_000) } });
    say(JSON.stringify({ count }));
  } catch (error) {
    const { code, reason, message } = error as { code?: string; reason?: string; message: string };
    say(JSON.stringify({ count, code, reason, message }));
  }
}
