/** Nothing hangs on exit: a process ends by itself when its worker has nothing left to wait for, and says first what became of the phase. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const library = new URL("../src/index.ts", import.meta.url).href;
const testing = new URL("../src/testing/index.ts", import.meta.url).href;

interface Ended {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
  readonly seconds: number;
}

/** Runs `body` in a process of its own, as what happens in a heartbeat that holds a job. */
async function processWith(body: string): Promise<Ended> {
  const program = `
    import { createWatchdog } from ${JSON.stringify(library)};
    import { recordSpans } from ${JSON.stringify(testing)};
    const spans = recordSpans();
    const never = () => new Promise(() => {});
    const tell = (phase) => spans.named("worker." + phase).map((span) => span.attributes["worker.phase.status"]).join();
    const watchdog = createWatchdog({ worker: { id: "w1", pool: "p" } });
    const now = Date.now() / 1000;
    await watchdog.heartbeat(async (beat) => {
      ${body}
    }).catch((error) => console.log(error.code));
    console.log("end");
  `;
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    ["--conditions=@worker-watchdog/source", "--input-type=module", "--eval", program],
    { cwd: fileURLToPath(new URL(".", import.meta.url)), stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, lines: output.trim().split("\n"), seconds: (performance.now() - startedAt) / 1_000 };
}

const claim = `
  const job = await beat.claim(() => ({ ok: true, job: { id: "J1", lease_expires_at: now + 900, deliverable_id: "d" } }));
`;

describe("a process whose only pending thing is a phase that never settles", () => {
  it.each([
    [
      "a touch",
      `await beat.touch(never).finally(() => console.log(tell("touch")));`,
      ["stuck", "phase_timeout", "end"],
    ],
    [
      "a phase of the worker's own, which has no bound",
      `${claim} await job.phase("render", never).finally(() => console.log(tell("render")));`,
      ["stuck", "phase_timeout", "end"],
    ],
    ["a release", `${claim} console.log(await job.release("done", never));`, ["false", "end"]],
  ])("%s: it is recorded as stuck and the process ends, long before the bound", async (_, body, lines) => {
    const ended = await processWith(body);
    expect(ended).toMatchObject({ exitCode: 0, lines });
    expect(ended.seconds).toBeLessThan(20);
  });

  it("a context: the job goes on without it, after its one retry", async () => {
    const ended = await processWith(`${claim} console.log(await job.context(never), tell("context"), job.state);`);
    expect(ended).toMatchObject({ exitCode: 0, lines: ["undefined retried,stuck stuck", "end"] });
    expect(ended.seconds).toBeLessThan(20);
  });
});

it("a process that waits for something else is not hurried: its phase settles", async () => {
  const slow = `() => new Promise((resolve) => setTimeout(() => resolve({ ok: true, touched: true }), 300))`;
  const ended = await processWith(`await beat.touch(${slow}); console.log(tell("touch"));`);
  expect(ended).toMatchObject({ exitCode: 0, lines: ["ok", "end"] });
});

it("process.exit() ends it at once, whatever runs", async () => {
  const ended = await processWith(`setTimeout(() => process.exit(3), 100); await beat.touch(never);`);
  expect(ended).toMatchObject({ exitCode: 3, lines: [""] });
  expect(ended.seconds).toBeLessThan(20);
});
