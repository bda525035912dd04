/** The job service, as a worker calls it. Every call hands on the library's signal and trace headers. */
import { jsonResult, type PhaseContext } from "@worker-watchdog/sdk";

/** A job's task. */
export interface Task {
  readonly title: string;
  /** Absolute paths of the files to build from. */
  readonly inputs: readonly string[];
  /** How long the build takes, in seconds. */
  readonly build_seconds: number;
}

/** What the library hands to each call. */
export type Call = Pick<PhaseContext, "signal" | "headers">;

type Result = Promise<Readonly<Record<string, unknown>>>;

/** The calls of one worker. */
export interface JobServiceApi {
  doctor(call: Call): Result;
  touch(call: Call): Result;
  claim(call: Call): Result;
  backlog(call: Call): Result;
  context(jobId: string, call: Call): Promise<{ readonly job?: { readonly payload?: Task } }>;
  progress(jobId: string, stage: string, call: Call): Result;
  upload(jobId: string, call: Call): Promise<{ readonly upload_url?: string }>;
  complete(jobId: string, delivery: { readonly url: string; readonly kinds: readonly string[] }, call: Call): Result;
  fail(jobId: string, reason: string, call: Call): Result;
  release(jobId: string, reason: string, call: Call): Result;
}

/** Options of {@link jobServiceApi}. */
export interface JobServiceApiOptions {
  readonly url: string;
  readonly token: string;
  readonly workerId: string;
  readonly pool: string;
}

/** The job service at an address, for one worker. */
export function jobServiceApi({ url, token, workerId, pool }: JobServiceApiOptions): JobServiceApi {
  async function post(path: string, { signal, headers }: Call, body: object = {}): Result {
    const response = await fetch(`${url}/v1/${path}`, {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ worker_id: workerId, pool, ...body }),
      signal,
    });
    return jsonResult(response);
  }
  const job = (id: string, command: string): string => `jobs/${encodeURIComponent(id)}/${command}`;
  return {
    doctor: (call) => post("doctor", call),
    touch: (call) => post("touch", call),
    claim: (call) => post("claim", call),
    backlog: (call) => post("backlog", call),
    context: (id, call) => post(job(id, "context"), call),
    progress: (id, stage, call) => post(job(id, "progress"), call, { stage }),
    upload: (id, call) => post(job(id, "upload"), call),
    complete: (id, delivery, call) => post(job(id, "complete"), call, delivery),
    fail: (id, reason, call) => post(job(id, "fail"), call, { reason }),
    release: (id, reason, call) => post(job(id, "release"), call, { reason }),
  };
}
