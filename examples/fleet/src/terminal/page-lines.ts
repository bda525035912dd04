/** One page in words, with every field of R4.1. */
import type { ReceivedPage } from "../fleet/fleet-record.ts";
import { clockTime } from "./text.ts";

/** One line: what, of what severity, to whom. */
export function pageTitle({ page }: ReceivedPage): string {
  const what = page.status === "resolved" ? "page over" : "PAGE";
  return `${clockTime(page.receivedAt)} ${what} ${page.alertName} (${page.severity}) to ${page.receiver}`;
}

/** The page's fields, a line each; the text's own first line is made of them. */
export function pageLines({ page, problems }: ReceivedPage): readonly string[] {
  const fields: readonly (readonly [string, string])[] = [
    ["state", page.state],
    ["worker", `${page.worker} of pool ${page.pool}`],
    ["phase", page.phase],
    ["job", page.job],
    ["evidence", page.evidenceRef === "none" ? page.evidence : `${page.evidence}, ${page.evidenceRef}`],
    ["next action", page.nextAction],
    ["owner", page.owner],
    ["due", page.due],
    ["runbook", page.runbook],
    ["dashboard", page.dashboard],
    ["trace", page.trace],
  ];
  return [
    ...fields.map(([name, value]) => `  ${name.padEnd(12)}${value}`),
    ...problems.map((problem) => `  ! ${problem}`),
  ];
}
