/** A worker that lives long: job after job, phase after phase, with the failures and readings that a real one has. */
import { createWatchdog, type Job } from "../src/index.ts";
import { manualClock } from "../src/testing/index.ts";

/** How long a life. */
export interface LongLife {
  readonly jobs: number;
  readonly phasesAJob: number;
  /** How many samples are taken, at equal distances. */
  readonly samples: number;
  /** The process's collector of garbage. */
  readonly gc: () => void;
}

/** What is held after a share of the life. */
export interface LifeSample {
  readonly jobs: number;
  readonly phases: number;
  readonly heapBytes: number;
  /** Rows that an exporter would send. */
  readonly liveRows: number;
}

/** Lives, and tells what is held as time goes by. Each job takes ten minutes of a clock that costs no time; its rows are never asked for in between. */
export async function liveLong(life: LongLife): Promise<readonly LifeSample[]> {
  const clock = manualClock();
  const watchdog = createWatchdog({ worker: { id: "long", pool: "lives" }, clock });
  const samples: LifeSample[] = [];
  const every = life.jobs / life.samples;
  let phases = 0;
  for (let done = 0; done < life.jobs; done += 1) {
    await watchdog.heartbeat(async (beat) => {
      const now = clock.now() / 1_000;
      const claimed = { id: `job-${done}`, lease_expires_at: now + 900, deliverable_id: null, payload: {} };
      const job = (await beat.claim(() => ({ ok: true, server_time: now, job: claimed }))) as Job;
      await job.context(async () => ({ ok: true }));
      for (let phase = 1; phase < life.phasesAJob; phase += 1) await runPhase(job, phase);
      phases += life.phasesAJob;
      await job.release("done", () => ({ ok: true }));
    });
    await clock.advance(600_000);
    if (samples.length + 1 > (done + 1) / every) continue;
    const heapBytes = await heapAfter(life.gc);
    samples.push({ jobs: done + 1, phases, heapBytes, liveRows: watchdog.rows.rows(clock.now()).length });
  }
  await watchdog.stop();
  return samples;
}

async function runPhase(job: Job, phase: number): Promise<void> {
  if (phase % 50 === 0) {
    await job.phase(`own_${phase % 500}`, async () => Promise.reject(new Error("cut off"))).catch(() => {});
  } else if (phase % 7 === 0) {
    // A signal that is read, and listened to for longer than the phase lasts.
    await job.phase("build", async ({ signal }) => signal.addEventListener("abort", () => {}));
  } else {
    await job.phase("build", async () => phase);
  }
}

/** What is left where collecting frees no more; what is only weakly held takes more than one round. */
async function heapAfter(gc: () => void): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}
