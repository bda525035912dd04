/** Every golden scenario of R11 is proven where the table says, down to its page. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ALERTS } from "@worker-watchdog/monitoring";
import { expect, test } from "vitest";
import { SCENARIO_TABLE } from "./end-to-end/golden/scenario-table.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const text = (file: string): string => readFileSync(`${root}${file}`, "utf8");
const proofs = Object.entries(SCENARIO_TABLE).flatMap(([number, all]) =>
  all.map((proof) => ({ number: Number(number), ...proof })),
);

/** What runs the scenarios: one stack that all share, and one of its own for the scenario that breaks its servers. */
const RUNNERS = ["golden", "outages"].map((name) => text(`test/end-to-end/golden/${name}.e2e.test.ts`));

test("no scenario is left out", () => {
  const numbers = Array.from({ length: 19 }, (_, index) => index + 1);
  expect(Object.keys(SCENARIO_TABLE).map(Number)).toEqual(numbers);
});

test.each(proofs)(
  "scenario $number: $file has a test that begins with $title and names $pages",
  ({ file, title, pages }) => {
    expect(existsSync(`${root}${file}`)).toBe(true);
    const source = text(file);
    expect(source).toMatch(new RegExp(`["\`]${title.replaceAll("%", "\\%")}`));
    for (const key of pages) {
      const name = ALERTS.find((alert) => alert.key === key)?.name ?? key;
      expect(
        source.includes(`alert: "${key}"`) || source.includes(`alert: "${name}"`),
        `${file} expects no page ${key}`,
      ).toBe(true);
      expect(source).toMatch(/expect(?:Whole)?Page\(/);
    }
  },
);

test("each scenario with a file of its own is run by one test", () => {
  for (const { file } of proofs.filter(({ file }) => file.includes("/golden/scenario-"))) {
    const runs = RUNNERS.filter((runner) => runner.includes(`from "./${file.split("/").at(-1)}"`));
    expect(runs.length, file).toBe(1);
  }
});

test("6: the runbook of page 1 says retouch or requeue", () => {
  const runbook = text("prometheus-rules/runbooks/lease_expiring_with_claimed_job.md");
  expect(runbook).toMatch(/touch/i);
  expect(runbook).toMatch(/requeue/i);
});
