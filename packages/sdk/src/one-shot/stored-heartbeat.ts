/** A heartbeat whose phases run in processes of their own, as it is kept in the journal between them. */
import { type Context, INVALID_SPANID, trace } from "@opentelemetry/api";
import type { HeartbeatProgress } from "../heartbeat/heartbeat-run.ts";
import type { JsonValue } from "../journal/journal.ts";
import { ownField, ownText } from "../own-field.ts";
import { isSpanId, isTraceId } from "../phase/trace-context.ts";
import { CLAIM_OUTCOMES } from "../semconv/index.ts";

/** A heartbeat between two processes. */
export interface StoredHeartbeat {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly progress: HeartbeatProgress;
}

/** Reads a stored heartbeat; undefined where it is none: the next phase then begins a new one. */
export function storedHeartbeatFrom(value: JsonValue | undefined): StoredHeartbeat | undefined {
  const [traceId, spanId] = [ownText(value, "traceId"), ownText(value, "spanId")];
  if (!isTraceId(traceId)) return undefined;
  const progress = ownField(value, "progress");
  const flags = ownField(value, "traceFlags");
  return {
    traceId,
    spanId: isSpanId(spanId) ? spanId : INVALID_SPANID,
    traceFlags: typeof flags === "number" ? flags & 0xff : 0,
    progress: {
      doctorOk: verdict(ownField(progress, "doctorOk")),
      touchOk: verdict(ownField(progress, "touchOk")),
      claim: CLAIM_OUTCOMES.find((outcome) => outcome === ownField(progress, "claim")) ?? null,
      jobId: ownText(progress, "jobId") ?? null,
    },
  };
}

/** A heartbeat as it is stored. */
export function heartbeatJson(traceId: string, active: Context, progress: HeartbeatProgress): JsonValue {
  const span = trace.getSpanContext(active);
  return {
    traceId,
    spanId: span?.spanId ?? INVALID_SPANID,
    traceFlags: span?.traceFlags ?? 0,
    progress: { ...progress },
  };
}

function verdict(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}
