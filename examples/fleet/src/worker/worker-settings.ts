/** The worker's settings, from its environment, checked before anything starts. */

/** What a worker needs to know. OTEL_EXPORTER_OTLP_ENDPOINT is read by the telemetry itself. */
export interface WorkerSettings {
  readonly id: string;
  readonly pool: string;
  /** The policy file; undefined for the default policy. */
  readonly policyFile: string | undefined;
  readonly jobServiceUrl: string;
  readonly jobServiceToken: string;
  readonly artifactHostUrl: string;
  /** Pause between two heartbeats, in seconds; undefined for the policy's interval. */
  readonly heartbeatSeconds: number | undefined;
  /** How long a job that can not be delivered waits for a person before it is given up, in seconds. */
  readonly giveUpAfterSeconds: number;
  /** Port of a `/metrics` endpoint; undefined for none. */
  readonly metricsPort: number | undefined;
}

const DEFAULT_GIVE_UP_AFTER_SECONDS = 60;

/** Reads the settings. @throws Error that names the variable, what was found and what is allowed. */
export function readWorkerSettings(env: Readonly<Record<string, string | undefined>> = process.env): WorkerSettings {
  return {
    id: required(env, "WORKER_ID"),
    pool: required(env, "WORKER_POOL"),
    policyFile: env["WATCHDOG_POLICY"] || undefined,
    jobServiceUrl: address(env, "JOB_SERVICE_URL"),
    jobServiceToken: required(env, "JOB_SERVICE_TOKEN"),
    artifactHostUrl: address(env, "ARTIFACT_HOST_URL"),
    heartbeatSeconds: seconds(env, "HEARTBEAT_SECONDS"),
    giveUpAfterSeconds: seconds(env, "GIVE_UP_AFTER_SECONDS") ?? DEFAULT_GIVE_UP_AFTER_SECONDS,
    metricsPort: port(env, "METRICS_PORT"),
  };
}

function required(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new Error(`${name} is not set. Start the worker with \`npm start\`, or set it.`);
}

function address(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = required(env, name);
  if (URL.canParse(value)) return value.replace(/\/+$/, "");
  throw new Error(`${name} is ${JSON.stringify(value)}. Allowed: an address such as http://127.0.0.1:8080.`);
}

function seconds(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const value = env[name];
  if (!value) return undefined;
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new Error(`${name} is ${JSON.stringify(value)}. Allowed: a number of seconds above 0.`);
}

function port(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const value = env[name];
  if (!value) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  throw new Error(`${name} is ${JSON.stringify(value)}. Allowed: a port from 0 to 65535.`);
}
