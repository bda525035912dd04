/** Owners that contradict each other, and routes that no alert reaches. */
import {
  alertmanagerFile,
  enabledAlerts,
  ownerOf,
  receiverOfAlert,
  routedOwners,
  routesFor,
  routeTree,
  severitiesOf,
  unreachableRoutes,
} from "@worker-watchdog/monitoring";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { type Finding, fail, warn } from "../doctor/finding.ts";

/** What is odd about the owners of `policy`. */
export function ownerFindings(policy: Policy): readonly Finding[] {
  const { owners } = policy;
  const routed = new Set(routedOwners(policy));
  const needed = new Set(enabledAlerts(policy).map((alert) => ownerOf(alert, policy)));
  return [
    ...Object.keys(owners).flatMap((name) => {
      if (!routed.has(name)) {
        // Stated by the defaults: it contradicts `owner` only where somebody gave it a receiver of its own.
        if (owners[name]?.receiver === name) return [];
        return [warn(`owners.${name}`, `not used: owner is ${policy.owner}`, "Remove it, or set `owner` to it.")];
      }
      if (needed.has(name)) return [];
      return [warn(`owners.${name}`, "no alert has this owner", "Remove it, or give it an alert.")];
    }),
    ...[...needed]
      .filter((name) => !Object.hasOwn(owners, name))
      .map((name) => fail(`owners.${name}`, "an alert has this owner, and it has no receiver", "Add it to `owners`.")),
    ...Object.entries(owners).flatMap(([name, { receiver }]) => {
      const other = receiver === name ? undefined : owners[receiver];
      if (other === undefined || other.receiver === receiver) return [];
      return [
        warn(
          `owners.${name}`,
          `its receiver ${receiver} has the name of an owner whose own pages go to ${other.receiver}`,
          "Name the receiver after who reads it.",
        ),
      ];
    }),
  ];
}

/** Where the alerts of `policy` go in `configuration` (Alertmanager's, as it is loaded or generated): to their owner's receiver, past no dead route. */
export function routeFindings(policy: Policy, configuration?: unknown): readonly Finding[] {
  const tree = routeTree(((configuration ?? alertmanagerFile(policy)) as { readonly route?: unknown }).route);
  // A dead route beside ours is its owner's affair.
  const level = configuration === undefined ? fail : warn;
  const wrong = enabledAlerts(policy).flatMap((alert) =>
    severitiesOf(alert, policy).flatMap((severity) => {
      const owner = ownerOf(alert, policy);
      const expected = receiverOfAlert(alert, policy, severity);
      const labels = { alertname: alert.name, alert_key: alert.key, owner, severity, worker_pool: "a", worker_id: "a" };
      const found = routesFor(tree, labels).map(({ receiver }) => receiver);
      if (found.includes(expected)) return [];
      return [
        fail(
          alert.key,
          `${severity} of ${owner} goes to ${found.join(", ")}, not to ${expected}`,
          "Load the generated routes.",
        ),
      ];
    }),
  );
  const dead = unreachableRoutes(tree);
  return [
    ...wrong,
    ...(dead === undefined ? [warn("routes", "too many to try for dead ones", "Look at them by hand.")] : []),
    ...(dead ?? []).map(({ path, receiver }) =>
      level(
        "routes",
        `nothing reaches ${path} (receiver ${receiver}): an earlier route takes it all`,
        "Move it up, or remove it.",
      ),
    ),
  ];
}
