/** The fleet of a soak: its pools, its processes, and what they have said. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { GoldenStack } from "../end-to-end/golden/golden-stack.ts";
import type { Pool, WorkerProcess } from "../end-to-end/golden/pool.ts";
import type { SoakForm } from "./soak-form.ts";

const PROGRAM = join(import.meta.dirname, "soak-worker.program.ts");
const PRELOAD = join(import.meta.dirname, "clock-offset.preload.ts");
/** More than any worker gets through. */
const JOBS_OF_A_WORKER = 100;

interface Member {
  readonly pool: Pool;
  readonly id: string;
  readonly clockOffsetSeconds: number;
  process: WorkerProcess;
}

/** A fleet of workers. */
export class SoakFleet {
  readonly #form: SoakForm;
  readonly #members: readonly Member[];
  /** What processes said that have ended. */
  readonly #past: string[] = [];
  #restarts = 0;

  private constructor(form: SoakForm, members: readonly Member[]) {
    this.#form = form;
    this.#members = members;
  }

  /** Starts every worker; their first heartbeats are spread over a time. */
  static async start(golden: GoldenStack, form: SoakForm): Promise<SoakFleet> {
    const members: Promise<Member>[] = [];
    const count = form.pools * form.workersOfAPool;
    for (let index = 0; index < form.pools; index += 1) {
      const pool = await golden.pool(`soak-${index}`, form.leaseSeconds);
      pool.add(...Array.from({ length: form.workersOfAPool * JOBS_OF_A_WORKER }, (_, job) => `J-${index}-${job}`));
      for (let worker = 0; worker < form.workersOfAPool; worker += 1) {
        const nth = members.length;
        const clockOffsetSeconds = ((nth % 3) - 1) * form.clockOffsetSeconds;
        const member = { pool, id: `w-${index}-${worker}`, clockOffsetSeconds };
        members.push(run(member, form, (form.startSeconds * nth) / count).then((process) => ({ ...member, process })));
      }
    }
    return new SoakFleet(form, await Promise.all(members));
  }

  /** Stops and starts one worker after another, until `endsAt`. */
  async roll(endsAt: number): Promise<void> {
    for (let turn = 0; Date.now() < endsAt; turn += 1) {
      await sleep(Math.max(0, Math.min(this.#form.rollEverySeconds * 1_000, endsAt - Date.now())));
      const member = this.#members[turn % this.#members.length];
      if (member === undefined || Date.now() >= endsAt) continue;
      member.process.signal("SIGTERM");
      const end = await member.process.ended;
      this.#past.push(...member.process.lines, ...(end === 0 ? [] : [`${member.id} ended with ${end}`]));
      member.process = await run(member, this.#form, 0);
      this.#restarts += 1;
    }
  }

  /** Takes a job out of the queue that a worker is building, and has the worker ask for it. */
  async loseJob(): Promise<{ readonly pool: string; readonly worker: string; readonly job: string }> {
    const building = this.#members
      .map((member) => ({ member, said: member.process.lines.at(-1)?.split(" ") ?? [] }))
      .find(({ said }) => said[0] === "claimed");
    const job = building?.said[1];
    if (building === undefined || job === undefined) throw new Error("No worker holds a job.");
    const { member } = building;
    member.pool.service.remove(job);
    member.process.signal("SIGUSR2");
    return { pool: member.pool.name, worker: member.id, job };
  }

  /** Jobs that ended with their artifact, and processes that were stopped and started. */
  totals(): { readonly completed: number; readonly restarts: number } {
    return {
      completed: this.#lines().filter((line) => line.startsWith("completed ")).length,
      restarts: this.#restarts,
    };
  }

  /** What no healthy worker says. A job that is given back reads `running` until the queue has it. */
  troubles(): readonly string[] {
    return this.#lines().filter((line) => !/^(?:started|claimed|completed|released|running) ?/.test(line));
  }

  #lines(): readonly string[] {
    return [...this.#past, ...this.#members.flatMap(({ process }) => process.lines)];
  }
}

function run(
  { pool, id, clockOffsetSeconds }: Pick<Member, "pool" | "id" | "clockOffsetSeconds">,
  form: SoakForm,
  firstSeconds: number,
): Promise<WorkerProcess> {
  const settings = {
    POLICY: JSON.stringify(form.policy),
    BUILD_SECONDS: String(form.buildSeconds),
    MOVE_SECONDS: String(form.moveSeconds),
    FIRST_SECONDS: String(firstSeconds),
    CLOCK_OFFSET_SECONDS: String(clockOffsetSeconds),
    NODE_OPTIONS: `--import=${PRELOAD}`,
  };
  return pool.start(id, settings, PROGRAM);
}
