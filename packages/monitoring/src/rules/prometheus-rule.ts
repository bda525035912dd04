/** The rules as resources of Kubernetes: one PrometheusRule (monitoring.coreos.com/v1) for each rule file, with the same groups. */
import { posix } from "node:path";
import type { Policy } from "@worker-watchdog/sdk/policy";
import { sealed } from "../file-header.ts";
import { KUBERNETES_FOLDER } from "../paths.ts";
import { yamlFile } from "../yaml-file.ts";
import { ruleFiles } from "./rules-file.ts";

/** Where the resources go in a cluster. */
export interface PrometheusRuleOptions {
  /** Name of the policy in the header. Default: `watchdog.yaml`. */
  readonly source?: string | undefined;
  /** Namespace of the resources. Default: none, so that the one of the `kubectl` call holds. */
  readonly namespace?: string | undefined;
  /** Labels beside `app.kubernetes.io/name`, such as those that the Prometheus resource's `ruleSelector` asks for. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** The resources of `policy`: path relative to the output folder to content. The same policy and options give the same bytes. */
export function prometheusRuleFiles(policy: Policy, options: PrometheusRuleOptions = {}): ReadonlyMap<string, string> {
  const { source = "watchdog.yaml", namespace, labels } = options;
  return new Map(
    Array.from(ruleFiles(policy), ([rulesPath, { groups }]) => {
      const name = posix.basename(rulesPath, ".rules.yml");
      const path = `${KUBERNETES_FOLDER}/${name}.yaml`;
      const resource = {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          labels: { "app.kubernetes.io/name": "worker-watchdog", ...labels },
        },
        spec: { groups },
      };
      return [path, sealed(path, yamlFile(resource, { source }))];
    }),
  );
}
