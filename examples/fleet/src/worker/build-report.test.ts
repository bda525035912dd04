import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeInputFiles } from "../fleet/input-files.ts";
import { buildReport } from "./build-report.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "build-report-"));
});
afterEach(() => rm(directory, { recursive: true }));

const never = new AbortController().signal;

it("adds up the table, the largest first, and takes over the notes", async () => {
  const sales = join(directory, "sales.csv");
  const notes = join(directory, "notes.md");
  await writeFile(sales, "product,region,amount\nrice,a<b,2\ntea,north,1.50\ntea,north,3\n");
  await writeFile(notes, "# Notes\n\nNot a point.\n- A & B met.\n");
  const { html, summary } = await buildReport({ title: "T <1>", inputs: [sales, notes], build_seconds: 0 }, never);
  expect(summary).toEqual({ name: "summary.csv", content: "region,total\nnorth,4.5\na<b,2\n" });
  expect(html.content).toContain("<h1>T &lt;1></h1>");
  expect(html.content).toContain("<tr><td>north</td><td>4.50</td></tr>\n<tr><td>a&lt;b</td><td>2.00</td></tr>");
  expect(html.content).toContain("<li>A &amp; B met.</li>");
  expect(html.content).not.toContain("Not a point");
});

it("builds from the files that the fleet writes", async () => {
  const inputs = await writeInputFiles(directory, 7);
  const { summary } = await buildReport({ title: "Sales", inputs, build_seconds: 0 }, never);
  expect(summary.content.trim().split("\n")).toHaveLength(5);
});

it("refuses a table without the columns that it needs", async () => {
  const path = join(directory, "other.csv");
  await writeFile(path, "a,b\n1,2\n");
  const built = buildReport({ title: "T", inputs: [path], build_seconds: 0 }, never);
  await expect(built).rejects.toThrow("has the columns a,b; region and amount are needed");
});

it("ends when its job does", async () => {
  const inputs = await writeInputFiles(directory, 1);
  const built = buildReport({ title: "T", inputs, build_seconds: 3_600 }, AbortSignal.abort());
  await expect(built).rejects.toThrow("abort");
});
