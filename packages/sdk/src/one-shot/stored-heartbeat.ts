/** A heartbeat whose phases run in processes of their own, as it is kept in the journal between them. */
import { type Context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { HeartbeatProgress } from "../heartbeat/heartbeat-run.ts";
import type { JsonValue } from "../journal/journal.ts";
import { ownField } from "../own-field.ts";
import { CLAIM_OUTCOMES } from "../semconv/index.ts";

/** A heartbeat between two processes. */
export interface StoredHeartbeat {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly progress: HeartbeatProgress;
}

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

/** Reads a stored heartbeat; undefined where it is none: the next phase then begins a new one. */
export function storedHeartbeatFrom(value: JsonValue | undefined): StoredHeartbeat | undefined {
  const [traceId, spanId] = [ownField(value, "traceId"), ownField(value, "spanId")];
  if (typeof traceId !== "string" || !TRACE_ID.test(traceId)) return undefined;
  const progress = ownField(value, "progress");
  const flags = ownField(value, "traceFlags");
  const jobId = ownField(progress, "jobId");
  return {
    traceId,
    spanId: typeof spanId === "string" && SPAN_ID.test(spanId) ? spanId : "0".repeat(16),
    traceFlags: typeof flags === "number" ? flags & 0xff : 0,
    progress: {
      doctorOk: verdict(ownField(progress, "doctorOk")),
      touchOk: verdict(ownField(progress, "touchOk")),
      claim: CLAIM_OUTCOMES.find((outcome) => outcome === ownField(progress, "claim")) ?? null,
      jobId: typeof jobId === "string" ? jobId : null,
    },
  };
}

/** A heartbeat as it is stored. */
export function heartbeatJson(traceId: string, active: Context, progress: HeartbeatProgress): JsonValue {
  const span = trace.getSpanContext(active);
  return {
    traceId,
    spanId: span?.spanId ?? "0".repeat(16),
    traceFlags: span?.traceFlags ?? 0,
    progress: { ...progress },
  };
}

/** The context whose spans are children of the heartbeat's span. */
export function heartbeatContext({ traceId, spanId, traceFlags }: Omit<StoredHeartbeat, "progress">): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function verdict(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}
