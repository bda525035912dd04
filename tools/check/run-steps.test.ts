import { describe, expect, it } from "vitest";
import { runSteps } from "./run-steps.ts";
import type { Step, StepResult } from "./step.ts";

const step = (name: string, run: () => Promise<StepResult>): Step => ({ name, what: `run ${name}`, run });
const passing = (name: string, passed = 1): Step => step(name, async () => ({ passed, failed: 0, output: "quiet" }));

function recorder(isTTY = false) {
  const written: string[] = [];
  return { stream: { isTTY, columns: 80, write: (text: string) => written.push(text) }, text: () => written.join("") };
}

describe("runSteps", () => {
  it("counts, shows each step with its time, and keeps the output of what passed to itself", async () => {
    const { stream, text } = recorder();
    expect(await runSteps([passing("lint"), passing("unit", 41)], stream)).toEqual({ passed: 42, failed: 0 });
    expect(text()).toMatch(/^\[1\/2\] lint: 1 passed in \d+\.\d s\n\[2\/2\] unit: 41 passed in \d+\.\d s\n$/);
  });

  it("goes on after a failure, shows its output in full, and names at the end what to run again", async () => {
    const { stream, text } = recorder();
    const output = Array.from({ length: 500 }, (_, index) => `line ${index}`).join("\n");
    const failing = step("types", async () => ({ passed: 2, failed: 3, output }));
    expect(await runSteps([failing, passing("unit")], stream)).toEqual({ passed: 3, failed: 3 });
    expect(text()).toContain("[1/2] types: 2 passed, 3 FAILED");
    expect(text()).toContain(`$ run types\n${output}\n`);
    expect(text()).toContain("[2/2] unit: 1 passed");
    expect(text()).toMatch(/\nFailed: types \(run types\)\n$/);
  });

  it("counts a step that could not be run as one failure, with the reason", async () => {
    const { stream, text } = recorder();
    const broken = step("servers", () => Promise.reject(new Error("there is no Go")));
    expect(await runSteps([broken, passing("unit")], stream)).toEqual({ passed: 1, failed: 1 });
    expect(text()).toContain("there is no Go");
  });

  it("redraws one line on a terminal", async () => {
    const { stream, text } = recorder(true);
    await runSteps([passing("lint")], stream);
    expect(text().split("\n")).toHaveLength(2);
    expect(text()).toContain("\r\u001b[K[1/1] lint: 1 passed");
  });
});
