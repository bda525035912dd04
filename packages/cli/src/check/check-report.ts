/** What `watchdog check` found out, as a table for people or as JSON. */
import type { Finding } from "../doctor/finding.ts";
import type { PageTime } from "./page-times.ts";

/** The whole of a check. */
export interface CheckReport {
  /** Name of the policy. */
  readonly source: string;
  /** Keys that were let pass and not read. */
  readonly warnings: readonly string[];
  /** Keys that took their default. */
  readonly defaulted: readonly string[];
  readonly pages: readonly PageTime[];
  /** Seconds of the page latency that are the same for every alert: export, rules, transport. */
  readonly latency: {
    readonly export: number;
    readonly rules: number;
    readonly transport: number;
    readonly groups: number;
  };
  readonly findings: readonly Finding[];
}

/** Whether nothing failed. */
export function isClean({ findings }: CheckReport): boolean {
  return findings.every(({ level }) => level !== "fail");
}

/** The report as JSON: one document, keys in a fixed order. */
export function reportJson(report: CheckReport): object {
  const { source, findings, pages, latency, defaulted, warnings } = report;
  return { ok: isClean(report), source, findings, pages, latency, defaulted, warnings };
}

/** The report as lines. */
export function reportLines(report: CheckReport): readonly string[] {
  const { source, defaulted, pages, latency, findings } = report;
  return [
    `${source}: valid`,
    `\nKeys that took their default (${defaulted.length}):`,
    ...defaulted.map((key) => `  ${key}`),
    `\nLongest time from fault to page: export ${latency.export} s + rules ${latency.rules} s + transport ${latency.transport} s + group wait; where a page of the group is open already, the group interval of ${latency.groups} s is waited for`,
    ...table([
      ["alert", "severity", "page", "in an open group", "owner", "receiver"],
      ...pages.map(({ alert, severity, firstSeconds, nextSeconds, owner, receiver }) => {
        return [alert, severity, seconds(firstSeconds), seconds(nextSeconds), owner, receiver];
      }),
    ]),
    ...(findings.length === 0 ? [] : ["", ...findings.flatMap(findingLines)]),
  ];
}

function seconds(value: number | undefined): string {
  return value === undefined ? "-" : `${value} s`;
}

function findingLines({ level, subject, found, action }: Finding): readonly string[] {
  const first = `${level.padEnd(5)} ${subject}: ${found}`;
  return action === undefined ? [first] : [first, `      ${action}`];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}
