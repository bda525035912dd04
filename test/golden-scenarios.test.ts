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

/** Pages of the pipeline: proven where its servers are broken. */
const OF_THE_PIPELINE = 17;

test("no scenario is left out", () => {
  const numbers = Array.from({ length: 19 }, (_, index) => index + 1).filter((number) => number !== OF_THE_PIPELINE);
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

test("the scenarios of the shared stack are run by its test", () => {
  const golden = text("test/end-to-end/golden/golden.e2e.test.ts");
  for (const { file } of proofs.filter(({ file }) => file.includes("/golden/scenario-")))
    expect(golden).toContain(`from "./${file.split("/").at(-1)}"`);
});

test("6: the runbook of page 1 says retouch or requeue", () => {
  const runbook = text("prometheus-rules/runbooks/lease_expiring_with_claimed_job.md");
  expect(runbook).toMatch(/touch/i);
  expect(runbook).toMatch(/requeue/i);
});
