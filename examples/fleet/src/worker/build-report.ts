/** The work itself: reads a table of sales and notes, and builds a small HTML report and a summary. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Task } from "./job-service-api.ts";

/** One file of the artifact. */
export interface ReportFile {
  readonly name: string;
  readonly content: string;
}

/** What was built. */
export interface Report {
  /** The primary artifact. */
  readonly html: ReportFile;
  /** The totals alone: made only where the result contract asks for it. */
  readonly summary: ReportFile;
}

/** Builds the report. @throws Error for an input that is no table, and the signal's reason when it aborts. */
export async function buildReport(task: Task, signal: AbortSignal): Promise<Report> {
  const totals = new Map<string, number>();
  const notes: string[] = [];
  for (const path of task.inputs) {
    const text = await readFile(path, { encoding: "utf8", signal });
    if (extname(path) === ".csv") addTotals(totals, text, path);
    else notes.push(...text.split("\n").filter((line) => line.startsWith("- ")));
  }
  // Stands in for the model's work.
  await sleep(task.build_seconds * 1_000, undefined, { signal });
  const rows = [...totals].sort(([, left], [, right]) => right - left);
  return {
    html: { name: "index.html", content: page(task.title, rows, notes) },
    summary: { name: "summary.csv", content: `region,total\n${rows.map((row) => `${row.join(",")}\n`).join("")}` },
  };
}

function addTotals(totals: Map<string, number>, csv: string, path: string): void {
  const [header, ...lines] = csv.trim().split("\n");
  const columns = header?.split(",") ?? [];
  const region = columns.indexOf("region");
  const amount = columns.indexOf("amount");
  if (region < 0 || amount < 0) throw new Error(`${path} has the columns ${header}; region and amount are needed.`);
  for (const line of lines) {
    const cells = line.split(",");
    const name = cells[region] ?? "";
    totals.set(name, (totals.get(name) ?? 0) + Number(cells[amount]));
  }
}

function page(title: string, rows: readonly (readonly [string, number])[], notes: readonly string[]): string {
  const cells = rows.map(([region, total]) => `<tr><td>${escapeHtml(region)}</td><td>${total.toFixed(2)}</td></tr>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<h1>${escapeHtml(title)}</h1>
<table>
<tr><th>Region</th><th>Total</th></tr>
${cells.join("\n")}
</table>
<ul>
${notes.map((note) => `<li>${escapeHtml(note.slice(2))}</li>`).join("\n")}
</ul>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
