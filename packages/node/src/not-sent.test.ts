import { describe, expect, it } from "vitest";
import { describeNotSent } from "./not-sent.ts";

describe("describeNotSent", () => {
  it.each([
    { spans: 1, rows: 0, logRecords: 2, text: "1 span, 2 log records" },
    { spans: 3, rows: 5, logRecords: 0, text: "3 spans, 5 rows" },
    { spans: 0, rows: 1, logRecords: 1, text: "1 row, 1 log record" },
  ])("says $text in one line, with the next step", ({ spans, rows, logRecords, text }) => {
    const line = describeNotSent({ endpoint: "http://127.0.0.1:4318", spans, rows, logRecords, reason: "HTTP 503" });
    expect(line).toBe(
      `worker-watchdog: not sent to http://127.0.0.1:4318: ${text} (HTTP 503). The worker itself is not affected; check the Collector there, or set OTEL_EXPORTER_OTLP_ENDPOINT.`,
    );
  });

  it("stays one line whatever the receiver says", () => {
    const line = describeNotSent({ endpoint: "e", spans: 1, rows: 0, logRecords: 0, reason: "too\r\nold\u001b[2J" });
    expect(line).toContain("(too old [2J)");
  });
});
