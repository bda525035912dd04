import { describe, expect, it } from "vitest";
import { ConnectGate } from "./connect-gate.ts";

const HUNG = { error: "no connection within 1000 ms", isConnectTimeout: true };

describe("ConnectGate", () => {
  it.each([
    { afterMillis: 4999, refuses: HUNG.error },
    { afterMillis: 5000, refuses: undefined },
  ])("says $refuses to every signal $afterMillis ms after a connection hung", ({ afterMillis, refuses }) => {
    let now = 0;
    const gate = new ConnectGate(() => now);
    gate.note("http://127.0.0.1:1/v1/traces", HUNG);
    now = afterMillis;
    expect(gate.refuses("http://127.0.0.1:1/v1/metrics")).toBe(refuses);
    expect(gate.refuses("http://127.0.0.1:2/v1/metrics")).toBeUndefined();
  });

  it.each([
    { name: "a refused connection", result: { error: "connect ECONNREFUSED" } },
    { name: "a response", result: { status: 503, body: new Uint8Array() } },
  ])("is open after $name", ({ result }) => {
    const gate = new ConnectGate(() => 0);
    gate.note("http://127.0.0.1:1/v1/traces", HUNG);
    gate.note("http://127.0.0.1:1/v1/logs", result);
    expect(gate.refuses("http://127.0.0.1:1/v1/traces")).toBeUndefined();
  });
});
