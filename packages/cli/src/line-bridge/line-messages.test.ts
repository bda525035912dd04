import { expect, test } from "vitest";
import { lineTexts, MOST_CHARACTERS, MOST_MESSAGES } from "./line-messages.ts";
import type { NotifiedAlert } from "./notification.ts";

function alert(job: string, over: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return {
    isFiring: true,
    labels: { alertname: "LeaseExpired", severity: "high", owner: "pls_platform_owner", worker_pool: "reports" },
    annotations: { job, worker: "w1", next_action: "mark_stale" },
    startsAt: "2026-11-21T06:30:00Z",
    fingerprint: job,
    text: `PLS worker stability alert: blocked. State=s; job=${job}; next action=mark_stale\n${"x".repeat(500)}`,
    ...over,
  };
}

const jobs = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `J${index}.`);

test("one page is one message, as it is", () => {
  expect(lineTexts([alert("J1")])).toEqual([alert("J1").text]);
});

test("what has ended says so first", () => {
  expect(lineTexts([alert("J1", { isFiring: false })])[0]).toMatch(/^Resolved:\nPLS worker/);
});

test.each([1, 2, 8, 9, 20, 40, 41, 60, 200, 5_000])(
  "%i alerts: within LINE's bounds, and each job and next action is told or counted",
  (count) => {
    const texts = lineTexts(jobs(count).map((job) => alert(job)));
    expect(texts.length).toBeLessThanOrEqual(MOST_MESSAGES);
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(MOST_CHARACTERS);
    const all = texts.join("\n");
    const told = jobs(count).filter((job) => all.includes(`job=${job};`));
    const rest = Number(/and (\d+) more of this group/.exec(all)?.[1] ?? 0);
    expect(told.length + rest).toBe(count);
    expect(all.match(/next action=mark_stale/g)).toHaveLength(told.length);
    if (count <= 40) expect(all.match(/^PLS worker/gm)).toHaveLength(count);
    if (count <= 200) expect(rest).toBe(0);
    else expect(told.length).toBeGreaterThan(150);
  },
);

test.each([
  [MOST_CHARACTERS, 1],
  [MOST_CHARACTERS + 1, 2],
])("a page of %i characters is %i messages", (length, count) => {
  const texts = lineTexts([alert("J1", { text: "y".repeat(length) })]);
  expect(texts).toHaveLength(count);
  expect(texts.join("")).toBe("y".repeat(length));
});

test("a long page is cut between words, so that a job's id stays whole", () => {
  const text = `${"word ".repeat(999)}job=J-0123456789; next action=inspect_worker; ${"word ".repeat(300)}`;
  const texts = lineTexts([alert("J1", { text })]);
  expect(texts).toHaveLength(2);
  expect(texts.some((part) => part.includes("job=J-0123456789;"))).toBe(true);
});

test("no character is cut in two", () => {
  const texts = lineTexts([alert("J1", { text: `a${"😀".repeat(4_000)}` })]);
  expect(texts.join("")).toBe(`a${"😀".repeat(4_000)}`);
  for (const text of texts) expect(text.isWellFormed()).toBe(true);
});

test("a page that is too long by itself gives way to its line with job and next action", () => {
  const texts = lineTexts([alert("J1", { text: "z".repeat(MOST_CHARACTERS * MOST_MESSAGES + 1) }), alert("J2")]);
  const all = texts.join("\n");
  expect(all).toContain("job=J1; next action=mark_stale; owner=pls_platform_owner");
  expect(all).toContain("job=J2;");
  expect(all).not.toContain("zzz");
});
