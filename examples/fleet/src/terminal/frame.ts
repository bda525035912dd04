/** One picture of the fleet for a terminal of a given size. Pure: the same input gives the same lines. */
import type { FleetRecord } from "../fleet/fleet-record.ts";
import { pageLines, pageTitle } from "./page-lines.ts";
import type { ActiveAlert } from "./prometheus-alerts.ts";
import { clockTime, fit, minutesAndSeconds, type Paint } from "./text.ts";
import { type WorkerRow, workerRows } from "./worker-rows.ts";

/** What a picture shows. */
export interface FrameInput {
  readonly title: string;
  readonly record: FleetRecord;
  readonly alerts: readonly ActiveAlert[];
  readonly addresses: readonly string[];
  /** Unix seconds. */
  readonly now: number;
  readonly startedAt: number;
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

/** Lease left below this is shown as scarce. */
const SCARCE_LEASE_SECONDS = 300;
const NOTICES = 2;
const EARLIER_PAGES = 6;

/**
 * The lines, at most `rows` of them, each at most `columns` wide. Where they do not fit, workers that have stopped are left out, and then
 * whatever is last.
 */
export function frame(input: FrameInput): readonly string[] {
  const workers = workerRows(input.record);
  const whole = joined(blocksOf(input, workers));
  const isTight = whole.length > input.rows;
  const lines = isTight
    ? joined(
        blocksOf(
          input,
          workers.filter(({ phase }) => phase !== "stopped"),
        ),
      )
    : whole;
  return lines.slice(0, input.rows).map((line) => fit(line, input.columns));
}

/** Blocks with an empty line between each two. */
function joined(blocks: readonly (readonly string[])[]): readonly string[] {
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ["", ...block]));
}

function blocksOf(input: FrameInput, workers: readonly WorkerRow[]): readonly (readonly string[])[] {
  const { paint, record, now } = input;
  const pages = record.pages.filter(({ page }) => page.alertKey !== "watchdog");
  const newest = pages.findLast(({ page }) => page.status === "firing");
  const earlier = pages
    .filter((page) => page !== newest)
    .slice(-EARLIER_PAGES)
    .reverse();
  const newestLines =
    newest === undefined
      ? [paint("dim", "none yet")]
      : [paint("red", paint("bold", pageTitle(newest))), ...pageLines(newest)];
  return [
    [
      `${paint("bold", input.title)}  ${minutesAndSeconds(now - input.startedAt)}  ${paint("dim", "Ctrl-C stops everything")}`,
    ],
    record.notices.slice(-NOTICES).map(({ at, text }) => paint("yellow", `${clockTime(at)} ${text}`)),
    workerTable(workers, now, paint),
    [paint("bold", "Alerts pending and firing (Prometheus)"), ...alertLines(input.alerts, now, paint)],
    [paint("bold", "Newest page"), ...newestLines],
    earlier.length === 0 ? [] : [paint("bold", "Other pages"), ...earlier.map((page) => colouredTitle(page, paint))],
    input.addresses.map((line) => paint("dim", line)),
  ];
}

function workerTable(rows: readonly WorkerRow[], now: number, paint: Paint): readonly string[] {
  const width = Math.max(8, ...rows.map(({ worker }) => worker.length));
  const header = `${"Worker".padEnd(width)}  ${"Phase".padEnd(32)}  ${"Job".padEnd(8)}  Lease left  Completed`;
  return [
    paint("bold", header),
    ...rows.map((row) => {
      const left = row.leaseExpiresAt === undefined ? undefined : row.leaseExpiresAt - now;
      const lease = (left === undefined ? "-" : minutesAndSeconds(left)).padStart(10);
      const phase = row.phase.padEnd(32).slice(0, 32);
      return [
        row.worker.padEnd(width),
        row.isTroubled ? paint("red", phase) : row.jobId === undefined ? paint("dim", phase) : paint("green", phase),
        (row.jobId ?? "-").slice(0, 8).padEnd(8),
        left !== undefined && left < SCARCE_LEASE_SECONDS ? paint("yellow", lease) : lease,
        String(row.completed).padStart(9),
      ].join("  ");
    }),
  ];
}

function alertLines(alerts: readonly ActiveAlert[], now: number, paint: Paint): readonly string[] {
  if (alerts.length === 0) return [paint("dim", "none")];
  return alerts.map(({ state, name, severity, worker, activeAt }) => {
    const text = `${state.padEnd(8)} ${name.padEnd(28)} ${severity.padEnd(9)} ${worker.padEnd(28)} ${minutesAndSeconds(now - activeAt)}`;
    return paint(state === "firing" ? "red" : "yellow", text);
  });
}

function colouredTitle(received: Parameters<typeof pageTitle>[0], paint: Paint): string {
  return paint(received.page.status === "resolved" ? "green" : "red", pageTitle(received));
}
