/** The result contract: what a completion must bring, and what is said of one that does not. */
import type { StoredOrder } from "./job-order.ts";

/** The kind that the faults `late_kind` and `refused_kind` ask for. */
export const LATE_KIND = "summary_csv";

/** What a worker completes a job with. */
export interface Completion {
  /** Address of the primary artifact. */
  readonly url: string | undefined;
  /** Artifact kinds that it brings. */
  readonly kinds: readonly string[];
}

/** Why a completion is refused. */
export type Rejection =
  | { readonly error: "no_primary_artifact" }
  | { readonly error: "missing_artifact_kind"; readonly missing_kinds: readonly string[] };

/** The rejection of a completion; undefined where the contract is met. */
export function judgeCompletion(
  order: Pick<StoredOrder, "artifact_kinds" | "fault">,
  completion: Completion,
): Rejection | undefined {
  if (completion.url === undefined || !URL.canParse(completion.url)) return { error: "no_primary_artifact" };
  const isLate = order.fault === "late_kind" || order.fault === "refused_kind";
  const required = isLate ? [...order.artifact_kinds, LATE_KIND] : order.artifact_kinds;
  const missing = required.filter(
    (kind) => !completion.kinds.includes(kind) || (kind === LATE_KIND && order.fault === "refused_kind"),
  );
  return missing.length === 0 ? undefined : { error: "missing_artifact_kind", missing_kinds: missing };
}
