/** The table that is printed at the end, and the same as JSON. */
import type { RunVerdict } from "./run-scenarios.ts";
import type { PageVerdict, ScenarioVerdict } from "./scenario-verdict.ts";

const HEADER = ["scenario", "pages expected", "pages seen", "owner", "fault to page", ""];

/** The table as lines of text; a block for each page where a table would be wider than `columns`. */
export function verdictTable(verdict: RunVerdict, columns: number = Number.POSITIVE_INFINITY): readonly string[] {
  const rows = verdict.scenarios.flatMap(scenarioRows);
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const table = [line(HEADER), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
  const problems = [
    ...verdict.scenarios.flatMap(({ scenario, problems: found }) => found.map((text) => `${scenario}: ${text}`)),
    ...verdict.problems,
  ];
  return [
    ...(table.every((text) => text.length <= columns) ? table : rows.flatMap(block)),
    ...(problems.length === 0 ? [] : ["", ...problems.map((text) => `! ${text}`)]),
  ];
}

/** One row, a line for each cell that says something. */
function block(row: readonly string[]): readonly string[] {
  const [scenario = "", ...cells] = row;
  const mark = cells.pop() ?? "";
  const lines = cells.map((cell, index) => (cell === "" ? "" : `  ${(HEADER[index + 1] ?? "").padEnd(16)}${cell}`));
  return [...(scenario === "" ? [] : [`${scenario}: ${mark}`]), ...lines.filter((text) => text !== "")];
}

function scenarioRows(verdict: ScenarioVerdict): readonly (readonly string[])[] {
  const mark = verdict.passed ? "ok" : "FAILED";
  const unexpected = verdict.pagesSeen.filter((alert) => !verdict.pagesExpected.includes(alert));
  const rows = verdict.pages.map((page) => [
    page.alert,
    page.receivedAt === undefined ? "none" : page.alert,
    page.owner,
    latency(page),
  ]);
  for (const alert of unexpected) rows.push(["none", alert, "", ""]);
  if (rows.length === 0) rows.push(["none", "none", "", ""]);
  return rows.map((row, index) => [index === 0 ? verdict.scenario : "", ...row, index === 0 ? mark : ""]);
}

function latency({ secondsToPage, minutesBeforeExpiry }: PageVerdict): string {
  if (secondsToPage === undefined) return "";
  const before = minutesBeforeExpiry === undefined ? "" : `, ${minutesBeforeExpiry.toFixed(1)} min before expiry`;
  return `${secondsToPage.toFixed(1)} s${before}`;
}

/** The run as JSON. Times are unix seconds. */
export function verdictJson(
  verdict: RunVerdict,
  run: { readonly startedAt: number; readonly seconds: number; readonly policies: Readonly<Record<string, string>> },
): string {
  return `${JSON.stringify({ version: 1, ...run, ...verdict }, (_key, value) => rounded(value), 2)}\n`;
}

function rounded(value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toFixed(3)) : value;
}
