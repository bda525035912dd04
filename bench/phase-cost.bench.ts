/**
 * What a wrapped phase costs beside the same span and duration written by hand with the OpenTelemetry API, with an SDK and without. All in one run,
 * turn by turn, each variant in a process of its own, so that a busy machine slows every variant alike.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Turn } from "./phase-cost/phase-worker.ts";

// The second "by hand" is the control: its ratio to the first is what the machine's other work does to this run. "span alone" leaves the duration out:
// of the library's phases the Collector makes it, from the span.
const VARIANTS = ["by hand", "by hand again", "span alone", "library"] as const;
type Variant = (typeof VARIANTS)[number];
const KINDS = ["phase", "context"] as const;
const SDKS = ["sdk", "none"] as const;
const WARM_UP_TURNS = 12;
const TURNS = 120;
/** What may still be in the queue of spans when a turn is over. */
const QUEUED_SPANS = 600;
const phaseWorker = fileURLToPath(new URL("phase-cost/phase-worker.ts", import.meta.url));

console.log("\nOne phase of no work, in nanoseconds (median of turns); ratios are the median of each turn's own");
const table: Record<string, Record<string, string>> = {};
for (const sdk of SDKS) {
  for (const kind of KINDS) {
    const nanos = await measurePhases(kind, sdk);
    const ratio = (of: Variant, to: Variant): string =>
      median(nanos[of].map((value, turn) => value / (nanos[to][turn] ?? Number.NaN))).toFixed(2);
    table[`${sdk === "sdk" ? "SDK" : "no SDK"}, job.${kind}`] = {
      "by hand": median(nanos["by hand"]).toFixed(0),
      library: median(nanos.library).toFixed(0),
      "library / by hand": ratio("library", "by hand"),
      "library / span alone": ratio("library", "span alone"),
      "control (by hand again / by hand)": ratio("by hand again", "by hand"),
    };
  }
}
console.table(table);

async function measurePhases(kind: string, sdk: string): Promise<Record<Variant, number[]>> {
  const nanos: Record<Variant, number[]> = { "by hand": [], "by hand again": [], "span alone": [], library: [] };
  const workers = VARIANTS.map((variant) => ({ variant, child: fork(phaseWorker, [variant, kind, sdk]) }));
  try {
    for (let turn = -WARM_UP_TURNS; turn < TURNS; turn += 1) {
      // Each variant is first as often as it is last.
      const order = workers.map((_, index) => workers[(index + turn + WARM_UP_TURNS) % workers.length]);
      for (const worker of order) {
        if (worker === undefined) continue;
        const { nanosAPhase, phases, spans } = await runTurn(worker.child);
        if (sdk === "sdk" && spans < phases - QUEUED_SPANS)
          throw new Error(`${worker.variant} dropped spans: ${spans} of ${phases}`);
        if (turn >= 0) nanos[worker.variant].push(nanosAPhase);
      }
    }
  } finally {
    for (const { child } of workers) child.kill("SIGKILL");
  }
  return nanos;
}

async function runTurn(child: ChildProcess): Promise<Turn> {
  child.send("turn");
  const [turn] = (await once(child, "message")) as [Turn];
  return turn;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
