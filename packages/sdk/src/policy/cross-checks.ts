/** Refuses a policy whose numbers are each in range and together would page a healthy worker, or never page (R4.6). */
import { parsePassExpression } from "./pass-expression.ts";
import type { Policy } from "./policy.ts";
import type { PolicyProblem } from "./policy-problem.ts";
import { type Relation, relations } from "./policy-relations.ts";
import { receiverProblems } from "./receiver-checks.ts";

/**
 * The problems of `policy` as a whole. `lines` are the lines of the keys that the file states; a relation with a key in `refused` is
 * not judged, for its value is not what the file says.
 */
export function crossCheck(
  policy: Policy,
  lines: ReadonlyMap<string, number | undefined>,
  refused: ReadonlySet<string>,
): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const relation of relations) {
    const keys = [relation.key, ...relation.from];
    if (keys.some((key) => refused.has(key)) || holds(relation, policy)) continue;
    const unitSeconds = relation.unitSeconds(policy);
    const limit = rounded(relation.limitSeconds(policy) / unitSeconds);
    const stated = keys.find((key) => lines.has(key));
    problems.push({
      line: stated === undefined ? undefined : lines.get(stated),
      key: relation.key,
      found: `${rounded(relation.seconds(policy) / unitSeconds)}${lines.has(relation.key) ? "" : " (its default)"}`,
      allowed: `${relation.is} ${limit} (${relation.unit}), from ${relation.from.join(", ")}`,
      nextStep: `Otherwise ${relation.otherwise}. Change ${relation.from.length === 1 ? "one of the two" : "one of them"}`,
    });
  }
  const artifact = artifactProblem(policy, lines, refused);
  return [...problems, ...(artifact === undefined ? [] : [artifact]), ...receiverProblems(policy, lines, refused)];
}

/** Each relation in words, with its limit under `policy`; for the reference. */
export function describeRelations(
  policy: Policy,
): readonly { readonly key: string; readonly must: string; readonly otherwise: string }[] {
  return relations.map((relation) => {
    const limit = rounded(relation.limitSeconds(policy) / relation.unitSeconds(policy));
    const must = `${relation.is} ${limit} ${relation.unit} by default, from ${relation.from.join(", ")}`;
    return { key: relation.key, must, otherwise: relation.otherwise };
  });
}

const artifactKey = "checks.artifact.pass";
const artifactField = "primary_artifact_url_http_status";
const firstStatuses = [200, 301, 302, 303, 307, 308] as const;

/** An expression over anything but the status, or one that no usable status satisfies, would fail every artifact. */
function artifactProblem(
  policy: Policy,
  lines: ReadonlyMap<string, number | undefined>,
  refused: ReadonlySet<string>,
): PolicyProblem | undefined {
  const pass = policy.checks.artifact.pass;
  if (pass === undefined || refused.has(artifactKey)) return undefined;
  const { fields, holds: passes } = parsePassExpression(pass);
  const other = fields.find((field) => field !== artifactField);
  if (other === undefined && firstStatuses.some((status) => passes({ [artifactField]: status }))) return undefined;
  return {
    line: lines.get(artifactKey),
    key: artifactKey,
    found: JSON.stringify(pass),
    allowed: `an expression over ${artifactField} alone that holds for 200 or a redirect`,
    nextStep: "Otherwise no artifact ever passes. Correct it, or remove the key for its default",
  };
}

function holds(relation: Relation, policy: Policy): boolean {
  // Compared in microseconds: 0.1 minutes and 6 seconds are the same.
  const value = Math.round(relation.seconds(policy) * 1e6);
  const limit = Math.round(relation.limitSeconds(policy) * 1e6);
  if (relation.is === "above") return value > limit;
  if (relation.is === "at least") return value >= limit;
  return relation.is === "below" ? value < limit : value <= limit;
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
