/** Shows a run: redrawn in place on a terminal, plain lines anywhere else. */
import type { Fleet } from "../fleet/start-fleet.ts";
import { addressLines } from "./addresses.ts";
import { alertChangeLines, eventLines, statusLine } from "./event-lines.ts";
import { frame } from "./frame.ts";
import { pageTitle } from "./page-lines.ts";
import { type ActiveAlert, activeAlerts } from "./prometheus-alerts.ts";
import { openScreen } from "./screen.ts";
import { paintFor } from "./text.ts";

/** A view of a run. */
export interface Terminal {
  /** Ends the view, and gives the terminal back. Safe to call twice. */
  close(): void;
}

const REDRAW_MILLIS = 500;
const ASK_PROMETHEUS_MILLIS = 2_000;
const STATUS_LINE_MILLIS = 15_000;

/** Starts showing a fleet on standard output. */
export function startTerminal(fleet: Fleet, title: string, stream: NodeJS.WriteStream = process.stdout): Terminal {
  return stream.isTTY ? showScreen(fleet, title, stream) : printLines(fleet, stream);
}

function printLines(fleet: Fleet, stream: NodeJS.WriteStream): Terminal {
  stream.write(`${addressLines(fleet).join("\n")}\n`);
  const unsubscribe = fleet.record.subscribe((event) => {
    for (const line of eventLines(event)) stream.write(`${line}\n`);
  });
  let alerts: readonly ActiveAlert[] = [];
  const ask = async (): Promise<void> => {
    const before = alerts;
    alerts = (await alertsOf(fleet)) ?? before;
    for (const line of alertChangeLines(before, alerts, Date.now() / 1_000)) stream.write(`${line}\n`);
  };
  const timers = [
    setInterval(() => void ask(), ASK_PROMETHEUS_MILLIS),
    setInterval(() => void stream.write(`${statusLine(fleet.record, Date.now() / 1_000)}\n`), STATUS_LINE_MILLIS),
  ];
  return {
    close() {
      for (const timer of timers) clearInterval(timer);
      unsubscribe();
    },
  };
}

/** What is active at every Prometheus; undefined where one does not answer. */
async function alertsOf(fleet: Fleet): Promise<readonly ActiveAlert[] | undefined> {
  const answers = await Promise.all([...fleet.stacks.values()].map(({ stack }) => activeAlerts(stack.prometheusUrl)));
  const known = answers.filter((answer) => answer !== undefined);
  return known.length === answers.length ? known.flat() : undefined;
}

function showScreen(fleet: Fleet, title: string, stream: NodeJS.WriteStream): Terminal {
  const screen = openScreen(stream);
  const startedAt = Date.now() / 1_000;
  const paint = paintFor(stream, process.env);
  let alerts: readonly ActiveAlert[] = [];

  const draw = (): void => {
    const { columns, rows } = screen;
    const now = Date.now() / 1_000;
    const addresses = addressLines(fleet);
    screen.draw(frame({ title, record: fleet.record, alerts, addresses, now, startedAt, columns, rows, paint }));
  };
  const ask = async (): Promise<void> => {
    alerts = (await alertsOf(fleet)) ?? alerts;
  };
  const resize = (): void => {
    screen.invalidate();
    draw();
  };
  const timers = [setInterval(draw, REDRAW_MILLIS), setInterval(() => void ask(), ASK_PROMETHEUS_MILLIS)];
  const unsubscribe = fleet.record.subscribe((event) => {
    if (event.type !== "activity" && event.type !== "artifact") draw();
  });
  const close = (): void => {
    for (const timer of timers) clearInterval(timer);
    unsubscribe();
    stream.off("resize", resize);
    process.off("exit", close);
    if (!screen.close()) return;
    // The second screen is gone; what it told remains.
    for (const received of fleet.record.pages) {
      if (received.page.alertKey !== "watchdog") stream.write(`${pageTitle(received)}\n`);
    }
  };
  stream.on("resize", resize);
  // A crash must not leave the second screen and a hidden cursor behind.
  process.on("exit", close);
  draw();
  return { close };
}
