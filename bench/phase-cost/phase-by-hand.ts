/** One phase as a careful engineer writes it with the OpenTelemetry API alone: what the library's phases are compared with. */
import { type Attributes, type Context, context, metrics, SpanStatusCode, trace } from "@opentelemetry/api";

const scope = "phase-by-hand";
const tracer = trace.getTracer(scope);

/** Who runs the phases; the same attributes as the library's. */
export interface HandWorker {
  readonly pool: string;
  readonly id: string;
  readonly role: string;
  readonly jobId: string;
  readonly leaseExpiresAt: number;
}

/** Makes the function that runs one phase: a span, a duration unless it is left out, and nothing else. */
export function phaseByHand(worker: HandWorker, parent: Context, { measures }: { readonly measures: boolean }) {
  // After the SDK is registered: the metrics API has no proxy.
  const durations = measures
    ? metrics
        .getMeter(scope)
        .createHistogram("worker.phase.duration", { unit: "s", description: "Duration of one run of a phase." })
    : undefined;

  return async function runPhase<R>(phase: string, passes: (result: R) => boolean, run: () => Promise<R>): Promise<R> {
    const startedAt = performance.now();
    const attributes: Attributes = {
      "worker.pool": worker.pool,
      "worker.id": worker.id,
      "worker.role": worker.role,
      "job.id": worker.jobId,
      "worker.lease.expires_at": worker.leaseExpiresAt,
      "worker.phase": phase,
    };
    const span = tracer.startSpan(`worker.${phase}`, { attributes }, parent);
    let status = "ok";
    try {
      const result = await context.with(trace.setSpan(parent, span), run);
      if (!passes(result)) {
        status = "failed";
        span.setStatus({ code: SpanStatusCode.ERROR, message: "not_passed" });
      }
      return result;
    } catch (error) {
      status = "failed";
      if (error instanceof Error) span.setAttribute("error.type", error.name);
      span.setStatus({ code: SpanStatusCode.ERROR, message: "threw" });
      throw error;
    } finally {
      span.setAttribute("worker.phase.status", status);
      span.end();
      durations?.record((performance.now() - startedAt) / 1_000, {
        "worker.pool": worker.pool,
        "worker.phase": phase,
        "worker.phase.status": status,
      });
    }
  };
}
