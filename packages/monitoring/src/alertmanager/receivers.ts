/** Receivers: for each owner one that pages and one that takes messages, the dead man's switch, and one that tells nobody. */
import type { Policy, Severity } from "@worker-watchdog/sdk/policy";
import { PLATFORM_OWNER } from "../alerts/alert-definition.ts";

/** Where webhooks go. A URL is a secret in Alertmanager: without one, the configuration reads it from a file. */
export interface ReceiverOptions {
  /** Address for every receiver that has none of its own here, except the dead man's switch. */
  readonly webhookUrl?: string | undefined;
  /** Address by receiver name, such as `pls_ops-page`. */
  readonly webhookUrls?: Readonly<Record<string, string>> | undefined;
  /** Folder of the secret files, one for each receiver, that hold its address. Default: `/etc/alertmanager/secrets`. */
  readonly secretsFolder?: string | undefined;
}

/** Tells nobody: for what only a dashboard shows. */
export const NOBODY = "nobody";
/** Where the dead man's switch goes. */
export const DEAD_MANS_SWITCH = "dead-mans-switch";

const DEFAULT_SECRETS_FOLDER = "/etc/alertmanager/secrets";

/** The receiver of `owner`'s alerts of `severity`. */
export function receiverOf(owner: string, severity: Severity, policy: Policy): string {
  if (severity === "low") return NOBODY;
  const name = policy.owners[owner]?.receiver ?? owner;
  return severity === "medium" ? `${name}-message` : `${name}-page`;
}

/** The owners that get routes: all of the policy, without pls_platform_owner where another takes its place. */
export function routedOwners({ owner, owners }: Policy): readonly string[] {
  return Object.keys(owners).filter((name) => name !== PLATFORM_OWNER || owner === PLATFORM_OWNER);
}

/** Every receiver of `policy`, as Alertmanager has it. */
export function receivers(policy: Policy, options: ReceiverOptions): readonly object[] {
  const names = new Set<string>();
  for (const owner of routedOwners(policy)) {
    names.add(receiverOf(owner, "high", policy));
    names.add(receiverOf(owner, "medium", policy));
  }
  return [
    { name: NOBODY },
    deadMansSwitch(options),
    ...[...names].map((name) => ({
      name,
      webhook_configs: [
        { ...address(name, options), send_resolved: true, payload: '{{ template "worker_watchdog.payload" . }}' },
      ],
    })),
  ];
}

/** Told once a minute, so it gets no address that was not meant for it. */
function deadMansSwitch(options: ReceiverOptions): object {
  const own = options.webhookUrls?.[DEAD_MANS_SWITCH];
  if (own === undefined && options.webhookUrl !== undefined) return { name: DEAD_MANS_SWITCH };
  return { name: DEAD_MANS_SWITCH, webhook_configs: [{ ...address(DEAD_MANS_SWITCH, options), send_resolved: false }] };
}

function address(receiver: string, options: ReceiverOptions): { readonly url: string } | { readonly url_file: string } {
  const url = options.webhookUrls?.[receiver] ?? options.webhookUrl;
  if (url !== undefined) return { url };
  const file = receiver.replaceAll(/[^\p{L}\p{N}_.@+-]/gu, "_");
  return { url_file: `${options.secretsFolder ?? DEFAULT_SECRETS_FOLDER}/${file}.url` };
}
