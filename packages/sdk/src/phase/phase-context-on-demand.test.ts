import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { phaseContextOnDemand } from "./phase-context-on-demand.ts";

const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
const active = trace.setSpanContext(ROOT_CONTEXT, span);
const traceparent = `00-${span.traceId}-${span.spanId}-01`;

function counted() {
  let made = 0;
  const call = phaseContextOnDemand(active, () => {
    made += 1;
    return new AbortController().signal;
  });
  return { call, made: () => made };
}

it("makes a signal when it is read, once", () => {
  const { call, made } = counted();
  expect(call.headers).toEqual({ traceparent });
  expect(made()).toBe(0);
  expect(call.signal).toBe(call.signal);
  expect(call.headers).toBe(call.headers);
  expect(made()).toBe(1);
});

it("is an object with three properties of its own: it can be taken apart, spread, listed and handed on", () => {
  const { call } = counted();
  const { signal, headers, env } = call;
  expect(env).toEqual({ TRACEPARENT: traceparent });
  expect({ method: "POST", ...call }).toEqual({ method: "POST", signal, headers, env });
  expect(Object.assign({}, call)).toEqual({ signal, headers, env });
  expect(Object.keys(call)).toEqual(["signal", "headers", "env"]);
  expect("signal" in call && !("body" in call) && Object.hasOwn(call, "env")).toBe(true);
  expect(new Request("http://localhost/", call).headers.get("traceparent")).toBe(traceparent);
  const { signal: _, ...rest } = call;
  expect(rest).toEqual({ headers, env });
});

it("can not be written to", () => {
  const { call } = counted();
  const { headers } = call;
  expect(() => Object.assign(call, { headers: {} })).toThrow(TypeError);
  expect(call.headers).toBe(headers);
});
