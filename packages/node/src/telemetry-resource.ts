/** Who sends: the OpenTelemetry resource, with an instance id that survives a restart. */
import { createHash, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Attributes } from "@opentelemetry/api";
import { getStringFromEnv } from "@opentelemetry/core";
import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME } from "@opentelemetry/semantic-conventions";
import { redact } from "@worker-watchdog/sdk/redact";
import { ATTRIBUTES } from "@worker-watchdog/sdk/semconv";

/** Which worker a process is. */
export interface WorkerIdentity {
  /** The worker's name, stable across restarts, such as `worker-1`. */
  readonly id: string;
  /** The pool of interchangeable workers it belongs to. */
  readonly pool: string;
  /** What it is for within its pool. */
  readonly role?: string | undefined;
}

/** The service name where neither the options nor the environment give one. */
export const DEFAULT_SERVICE_NAME = "worker-watchdog-worker";

/** Options of {@link telemetryResources}. */
export interface TelemetryResourceOptions {
  readonly worker?: WorkerIdentity | undefined;
  readonly serviceName?: string | undefined;
  readonly attributes?: Attributes | undefined;
}

/** The resource of metrics, and of traces and logs. */
export interface TelemetryResources {
  readonly metrics: Resource;
  readonly tracesAndLogs: Resource;
}

/**
 * The resources of a process. Later ones win: defaults, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, the options.
 * The process id is on traces and logs only: on metrics it would be a new `target_info` series for each restart.
 * Command lines are never read: they hold credentials.
 */
export function telemetryResources(options: TelemetryResourceOptions): TelemetryResources {
  const { worker, attributes = {} } = options;
  const serviceName = options.serviceName ?? getStringFromEnv("OTEL_SERVICE_NAME");
  const metrics = defaultResource()
    .merge(
      resourceFromAttributes({
        [ATTR_SERVICE_NAME]: DEFAULT_SERVICE_NAME,
        [ATTR_SERVICE_INSTANCE_ID]: worker === undefined ? randomUUID() : stableInstanceId(worker),
        "host.name": hostname(),
      }),
    )
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
    .merge(
      resourceFromAttributes({
        ...(serviceName === undefined ? {} : { [ATTR_SERVICE_NAME]: serviceName }),
        ...(worker === undefined ? {} : workerAttributes(worker)),
        ...attributes,
      }),
    );
  const tracesAndLogs = metrics.merge(
    resourceFromAttributes({ "process.pid": process.pid, "process.runtime.version": process.versions.node }),
  );
  return { metrics, tracesAndLogs };
}

/**
 * The same id for the same worker in every process: 32 hex digits of SHA-256 over pool, line feed and worker id. A random id for
 * each start would cost all of a worker's series each time.
 */
export function stableInstanceId({ pool, id }: Pick<WorkerIdentity, "id" | "pool">): string {
  return createHash("sha256").update(`${pool}\n${id}`).digest("hex").slice(0, 32);
}

function workerAttributes({ id, pool, role }: WorkerIdentity): Attributes {
  return {
    // As the rows and spans say them: a name may hold a credential by mistake (R12).
    [ATTRIBUTES.workerId.key]: redact(id).text,
    [ATTRIBUTES.workerPool.key]: redact(pool).text,
    ...(role === undefined ? {} : { [ATTRIBUTES.workerRole.key]: redact(role).text }),
  };
}
