/** Shows how far a build is: one bar on a terminal, a line every ten seconds elsewhere. */

/** How far the build of one target is. */
export interface BuildProgress {
  /** Such as `Prometheus 3.15.0`. */
  readonly title: string;
  readonly stage: "waiting" | "downloading" | "compiling" | "done" | "failed";
  /** Modules downloaded or packages compiled so far. */
  readonly done: number;
  /** All of them, where that is known. */
  readonly total?: number | undefined;
  /** What is waited for, in words; with `waiting` only. */
  readonly detail?: string | undefined;
  readonly elapsedMillis: number;
}

/** Receives progress. */
export interface BuildProgressReporter {
  report(progress: BuildProgress): void;
}

/** The part of a stream that a reporter writes to. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const BAR_WIDTH = 24;
/** Some terminals say that they are 0 wide. */
const DEFAULT_COLUMNS = 100;
const LINE_EVERY_MILLIS = 10_000;
const REDRAW_EVERY_MILLIS = 100;

/** Words for one state of a build, without the bar. */
export function describeProgress(progress: BuildProgress): string {
  const seconds = `${Math.round(progress.elapsedMillis / 1_000)} s`;
  const { stage, done, total, title, detail } = progress;
  if (stage === "waiting") return `${title}: waiting for ${detail ?? "another build"}, ${seconds}`;
  if (stage === "failed") return `${title}: failed after ${seconds}`;
  if (stage === "done") return `${title}: built in ${seconds}`;
  if (stage === "downloading") return `${title}: downloading sources, ${done} modules, ${seconds}`;
  return `${title}: compiling, ${done}${total === undefined ? "" : ` of ${total}`} packages, ${seconds}`;
}

/** Creates a reporter for a stream, such as `process.stderr`. */
export function createProgressReporter(stream: ProgressStream): BuildProgressReporter {
  let lastDrawn = Number.NEGATIVE_INFINITY;
  let lastStage: string | undefined;
  return {
    report(progress) {
      const every = stream.isTTY ? REDRAW_EVERY_MILLIS : LINE_EVERY_MILLIS;
      const stage = `${progress.title} ${progress.stage}`;
      const now = performance.now();
      if (stage === lastStage && now - lastDrawn < every) return;
      lastStage = stage;
      lastDrawn = now;
      const text = describeProgress(progress);
      if (!stream.isTTY) {
        stream.write(`${text}\n`);
        return;
      }
      const isOver = progress.stage === "done" || progress.stage === "failed";
      const line = `${bar(progress)} ${text}`.slice(0, (stream.columns || DEFAULT_COLUMNS) - 1);
      stream.write(`\r\u001b[K${line}${isOver ? "\n" : ""}`);
    },
  };
}

function bar(progress: BuildProgress): string {
  const { stage, done, total } = progress;
  // Downloads come first and have no known end: they take the first quarter, slower and slower.
  const share =
    stage === "done"
      ? 1
      : stage === "compiling"
        ? 0.25 + 0.75 * Math.min(1, done / (total ?? Number.POSITIVE_INFINITY))
        : stage === "downloading"
          ? 0.25 * (1 - Math.exp(-done / 150))
          : 0;
  const filled = Math.round(share * BAR_WIDTH);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
}
