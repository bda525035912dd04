/** What redaction costs beside writing the same text as JSON, for text with nothing in it, and with a credential. Ratios of one run, the median of turns. */
import { redact } from "@worker-watchdog/sdk/redact";

const TEXTS: Readonly<Record<string, string>> = {
  "60 letters, a job's id and words": "job-01J9Z3ABCDEFGHJKMNPQRSTVW claimed by worker-eu-1 stage b1",
  "a UUID": "9f1c2b34-5d6e-4f70-8a9b-0c1d2e3f4a5b",
  "an address": "https://queue.example.com/artifacts/2026/11/report.html",
  "1 KiB of log": "2026-11-21T12:00:00.000Z INFO worker: stage done, 42 of 100 files written in 3.5 s "
    .repeat(13)
    .slice(0, 1_024),
  "a password": "connecting with user=worker password=hunter22x to db",
};
const CALLS = 20_000;
const TURNS = 25;

function nanosOf(action: () => unknown): number {
  const start = process.hrtime.bigint();
  for (let call = 0; call < CALLS; call += 1) action();
  return Number(process.hrtime.bigint() - start) / CALLS;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

const table: Record<string, Record<string, string>> = {};
for (const [name, text] of Object.entries(TEXTS)) {
  const turns = Array.from({ length: TURNS }, () => ({
    json: nanosOf(() => JSON.stringify(text)),
    again: nanosOf(() => JSON.stringify(text)),
    redact: nanosOf(() => redact(text)),
  }));
  table[name] = {
    "redact, ns": median(turns.map(({ redact: nanos }) => nanos)).toFixed(0),
    "redact / JSON.stringify": median(turns.map((turn) => turn.redact / turn.json)).toFixed(1),
    "control (JSON.stringify again)": median(turns.map((turn) => turn.again / turn.json)).toFixed(2),
  };
}
console.table(table);
