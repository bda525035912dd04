/** What a page of a worker outside the repository must say (R4.1), and the trace that its link opens. */
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import type { Page } from "../end-to-end/page-inbox.ts";
import { poll } from "../end-to-end/poll.ts";

/** R4.1: every field of a page about a job. */
export function expectWholePage(
  page: Page,
  expected: { alert: string; receiver: string; owner: string; job: string; nextAction: string },
): void {
  const { alert, receiver, owner, job, nextAction } = expected;
  expect(page).toMatchObject({ receiver, status: "firing", labels: { alertname: alert, owner } });
  const traceId = page.labels["trace_id"] ?? "none";
  const trace = job === "none" ? "none" : `https://traces.example.com/${traceId}`;
  const [first = "", ...rest] = page.text.split("\n");
  expect(first).toMatch(
    new RegExp(
      `^PLS worker stability alert: worker is alive but project advancement is blocked\\. State=[^;]+; job=${job}; ` +
        `evidence=[^;]+; next action=${nextAction}; owner=${owner}; due=\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+08:00$`,
    ),
  );
  expect(rest).toEqual(
    expect.arrayContaining([
      expect.stringMatching(new RegExp(`^Alert: ${alert} \\(\\w+\\), firing since \\d{4}-`)),
      expect.stringMatching(/^Summary: .{10,}/),
      expect.stringMatching(/^Worker: [\w-]+-worker; .*phase: \w+$/),
      expect.stringMatching(/^Evidence: \S+/),
      expect.stringMatching(/^Runbook: \S+/),
      expect.stringMatching(/^Dashboard: worker-watchdog-worker/),
      `Trace: ${trace}`,
    ]),
  );
}

interface SpanOfFile {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

/** What the page's trace link opens: its spans, whose parents are all there, below one root. */
export async function expectTraceWithRoot(tracesFile: string, page: Page, names: readonly string[]): Promise<void> {
  const traceId = page.labels["trace_id"];
  const spans = await poll(`the trace of ${page.labels["alertname"]}`, async () => {
    const found = (await spansOfFile(tracesFile)).filter((span) => span.traceId === traceId);
    return names.every((name) => found.some((span) => span.name === name)) ? found : undefined;
  });
  const roots = spans.filter(({ parentSpanId = "" }) => parentSpanId === "");
  expect(roots.map(({ name }) => name)).toEqual(["worker.heartbeat"]);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(spans.filter(({ parentSpanId = "" }) => parentSpanId !== "" && !ids.has(parentSpanId))).toEqual([]);
}

async function spansOfFile(tracesFile: string): Promise<readonly SpanOfFile[]> {
  const lines = (await readFile(tracesFile, "utf8")).split("\n");
  // The last line may be half written.
  return lines
    .slice(0, -1)
    .flatMap((line) =>
      JSON.parse(line).resourceSpans.flatMap((resource: { scopeSpans: { spans: SpanOfFile[] }[] }) =>
        resource.scopeSpans.flatMap(({ spans }) => spans),
      ),
    );
}
