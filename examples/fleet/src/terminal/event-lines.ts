/** One event as plain lines, for a terminal that can not be redrawn, and for files. */
import type { FleetEvent, FleetRecord } from "../fleet/fleet-record.ts";
import type { Activity } from "../job-service/activity.ts";
import { pageLines, pageTitle } from "./page-lines.ts";
import type { ActiveAlert } from "./prometheus-alerts.ts";
import { clockTime, minutesAndSeconds } from "./text.ts";
import { workerRows } from "./worker-rows.ts";

/** The lines of an event; none for what happens all the time. */
export function eventLines(event: FleetEvent): readonly string[] {
  if (event.type === "notice") return [`${clockTime(event.notice.at)} ${event.notice.text}`];
  if (event.type === "worker") {
    const { at, worker, what, metricsUrl } = event.event;
    return [`${clockTime(at)} ${worker} ${what}${what === "started" && metricsUrl ? `, ${metricsUrl}` : ""}`];
  }
  if (event.type === "page") {
    const { received } = event;
    if (received.page.alertKey === "watchdog") return [];
    return received.page.status === "firing" ? [pageTitle(received), ...pageLines(received)] : [pageTitle(received)];
  }
  return event.type === "activity" ? activityLines(event.activity) : [];
}

/** Commands that every job makes; only their failure is news. */
const ROUTINE = ["doctor", "touch", "claim", "backlog", "context", "progress", "upload", "complete"];

function activityLines({ at, worker, command, outcome, jobId, leaseExpiresAt }: Activity): readonly string[] {
  if (outcome === "ok" && ROUTINE.includes(command)) return [];
  const job = jobId === undefined ? "" : ` job ${jobId.slice(0, 8)}`;
  const lease = leaseExpiresAt === undefined ? "" : `, lease ${minutesAndSeconds(leaseExpiresAt - at)}`;
  return [`${clockTime(at)} ${worker} ${command}${job}: ${outcome}${lease}`];
}

/** One line on where everybody stands. */
export function statusLine(record: FleetRecord, now: number): string {
  const rows = workerRows(record);
  const completed = rows.reduce((sum, row) => sum + row.completed, 0);
  const states = rows
    .filter(({ phase }) => phase !== "stopped")
    .map(({ worker, phase, leaseExpiresAt }) =>
      leaseExpiresAt === undefined
        ? `${worker} ${phase}`
        : `${worker} ${phase} ${minutesAndSeconds(leaseExpiresAt - now)}`,
    );
  return `${clockTime(now)} ${completed} jobs completed; ${states.join(", ")}`;
}

/** Lines on alerts that are in another state than before. */
export function alertChangeLines(
  before: readonly ActiveAlert[],
  after: readonly ActiveAlert[],
  now: number,
): readonly string[] {
  const name = ({ name, pool, worker }: ActiveAlert): string => `${name} of ${worker || pool || "nobody"}`;
  const states = (alerts: readonly ActiveAlert[]): Map<string, string> =>
    new Map(alerts.map((alert) => [name(alert), alert.state]));
  const [old, current] = [states(before), states(after)];
  const changed = [...current].filter(([alert, state]) => old.get(alert) !== state);
  const gone = [...old.keys()].filter((alert) => !current.has(alert));
  return [
    ...changed.map(([alert, state]) => `${clockTime(now)} alert ${state}: ${alert}`),
    ...gone.map((alert) => `${clockTime(now)} alert over: ${alert}`),
  ];
}
