import { describe, expect, it } from "vitest";
import { type BuildProgress, createProgressReporter, describeProgress } from "./build-progress.ts";

const compiling: BuildProgress = {
  title: "Collector 0.155.0",
  stage: "compiling",
  done: 30,
  total: 960,
  elapsedMillis: 12_300,
};

const CLEAR_LINE = "\r\u001b[K";

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 100, write: (text: string) => written.push(text) } };
}

describe("describeProgress", () => {
  it.each<[Partial<BuildProgress>, string]>([
    [{}, "Collector 0.155.0: compiling, 30 of 960 packages, 12 s"],
    [{ total: undefined }, "Collector 0.155.0: compiling, 30 packages, 12 s"],
    [{ stage: "downloading" }, "Collector 0.155.0: downloading sources, 30 modules, 12 s"],
    [
      { stage: "waiting", detail: "process 7, which builds it" },
      "Collector 0.155.0: waiting for process 7, which builds it, 12 s",
    ],
    [{ stage: "done" }, "Collector 0.155.0: built in 12 s"],
    [{ stage: "failed" }, "Collector 0.155.0: failed after 12 s"],
  ])("%j is %j", (change, text) => {
    expect(describeProgress({ ...compiling, ...change })).toBe(text);
  });
});

describe("createProgressReporter", () => {
  it("redraws one line on a terminal, and ends it when the build is done", () => {
    const { written, stream } = recorder(true);
    const reporter = createProgressReporter(stream);
    reporter.report(compiling);
    reporter.report({ ...compiling, stage: "done" });
    expect(written).toHaveLength(2);
    expect(written[0]?.startsWith(`${CLEAR_LINE}[#######-----------------] Collector 0.155.0: compiling`)).toBe(true);
    expect(written[0]).not.toContain("\n");
    expect(written[1]).toBe(`${CLEAR_LINE}[${"#".repeat(24)}] Collector 0.155.0: built in 12 s\n`);
  });

  it("keeps to the terminal's width, and to 100 columns where it says 0", () => {
    for (const [columns, width] of [
      [40, 39],
      [0, 73],
    ] as const) {
      const { written, stream } = recorder(true);
      createProgressReporter({ ...stream, columns }).report({ ...compiling, title: "Collector" });
      expect(written[0]).toHaveLength(CLEAR_LINE.length + width);
    }
  });

  it("writes a line for each stage elsewhere, not for each package", () => {
    const { written, stream } = recorder(false);
    const reporter = createProgressReporter(stream);
    for (let done = 0; done < 100; done++) reporter.report({ ...compiling, stage: "downloading", done });
    for (let done = 0; done < 100; done++) reporter.report({ ...compiling, done });
    expect(written).toEqual([
      "Collector 0.155.0: downloading sources, 0 modules, 12 s\n",
      "Collector 0.155.0: compiling, 0 of 960 packages, 12 s\n",
    ]);
  });
});
