/** What an agent's own error channel says is wrong with its session. */
import type { SessionClass } from "../semconv/index.ts";

/** What is wrong: a class of R8, or a trouble that is no session's death: the provider's capacity, the network, or anything else. */
export type TroubleKind = SessionClass | "capacity" | "network" | "other";

/** One failure, as the agent reported it. It holds codes and times, never the agent's text. */
export interface SessionFinding {
  readonly kind: TroubleKind;
  /** Which signal it was, as a code of this library, such as `codex.token_revoked`. */
  readonly evidence: string;
  /** When the limit is reset, in unix milliseconds, where the agent stated it. */
  readonly resetsAtMillis?: number | undefined;
  /** Whether the agent had given up; false while it tries again by itself. */
  readonly isFinal: boolean;
}

const LIMITS: ReadonlySet<TroubleKind> = new Set<TroubleKind>(["usage_limit", "rate_limit", "limit_unknown"]);
const HARMLESS: ReadonlySet<TroubleKind> = new Set<TroubleKind>(["capacity", "network", "other"]);

/** Whether it is one of the limits that are waited for (R8.4). */
export function isLimit(kind: TroubleKind): kind is "usage_limit" | "rate_limit" | "limit_unknown" {
  return LIMITS.has(kind);
}

/** Whether a session can die of it. */
export function isSessionClass(kind: TroubleKind): kind is SessionClass {
  return !HARMLESS.has(kind);
}

/** Whether a session that died so can work again without a person (R8): `never`, or `sometimes`. */
export function recoversAlone(kind: SessionClass): "never" | "sometimes" {
  return kind === "token_revoked" || kind === "credit_limit" ? "never" : "sometimes";
}
