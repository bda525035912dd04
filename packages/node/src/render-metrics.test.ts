import { describe, expect, it } from "vitest";
import { negotiate } from "./render-metrics.ts";

describe("negotiate", () => {
  it.each([
    ["", "text/plain"],
    ["*/*", "text/plain"],
    ["text/html, text/plain;q=0.5", "text/plain"],
    ["application/openmetrics-text", "application/openmetrics-text"],
    ["application/openmetrics-text;version=1.0.0;q=0.2, text/plain;q=0.5", "text/plain"],
    ["text/plain, application/openmetrics-text", "application/openmetrics-text"],
    ["application/openmetrics-text;q=0, */*", "text/plain"],
    ["application/openmetrics-text;q=x", "text/plain"],
    [
      // As Prometheus 3 asks.
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      "application/openmetrics-text",
    ],
  ])("answers Accept: %s with %s", (accept, type) => {
    expect(negotiate(accept)).toMatch(new RegExp(`^${type};`));
  });
});
