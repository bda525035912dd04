/** Receivers: for each owner one that pages and one that takes messages, the dead man's switch, and one that tells nobody. */
import type { Policy, ReceiverSettings, Severity } from "@worker-watchdog/sdk/policy";
import { PLATFORM_OWNER } from "../alerts/alert-definition.ts";
import { receiverBlocks, secretFile } from "./receiver-blocks.ts";

/** Where webhooks go, for a deployment whose addresses are no secret; without them the configuration reads each from a file. */
export interface ReceiverOptions {
  /** Address for every webhook that has none of its own here, except the dead man's switch. */
  readonly webhookUrl?: string | undefined;
  /** Address by receiver name, such as `pls_ops-page`. */
  readonly webhookUrls?: Readonly<Record<string, string>> | undefined;
  /** Folder of the secret files that the policy does not name. Default: `/etc/alertmanager/secrets`. */
  readonly secretsFolder?: string | undefined;
}

/** Tells nobody: for what only a dashboard shows. */
export const NOBODY = "nobody";
/** Where the dead man's switch goes. */
export const DEAD_MANS_SWITCH = "dead-mans-switch";

const DEFAULT_SECRETS_FOLDER = "/etc/alertmanager/secrets";
/** The receivers of the policy that stand for `alerts.channel`. */
const LINE = "line";
const OPS = "pls_ops";

/** An owner's receiver for pages and the one for messages may be one receiver of the policy; the ending tells a page from a message. */
const PAGE = "-page";
const MESSAGE = "-message";
type Use = typeof PAGE | typeof MESSAGE;

/** The receiver of `owner`'s alerts of `severity`: of its pages, or of its messages. */
export function receiverOf(owner: string, severity: Severity, policy: Policy): string {
  if (severity === "low") return NOBODY;
  return severity === "medium"
    ? `${nameOf(owner, MESSAGE, policy)}${MESSAGE}`
    : `${nameOf(owner, PAGE, policy)}${PAGE}`;
}

function nameOf(owner: string, use: Use, { owners }: Policy): string {
  const { receiver = owner, message_receiver } = owners[owner] ?? {};
  return use === PAGE ? receiver : (message_receiver ?? receiver);
}

/** The owners that get routes: all of the policy, without pls_platform_owner where another takes its place. */
export function routedOwners({ owner, owners }: Policy): readonly string[] {
  return Object.keys(owners).filter((name) => name !== PLATFORM_OWNER || owner === PLATFORM_OWNER);
}

/** Every receiver of `policy`, as Alertmanager has it. Owners that share one have it once. */
export function receivers(policy: Policy, options: ReceiverOptions): readonly object[] {
  const { webhookUrl, webhookUrls, secretsFolder = DEFAULT_SECRETS_FOLDER } = options;
  const blocks = new Map<string, object>();
  for (const owner of routedOwners(policy)) {
    for (const use of [PAGE, MESSAGE] as const) {
      const name = nameOf(owner, use, policy);
      const receiver = `${name}${use}`;
      const { settings, from } = settingsOf(name, policy);
      const address = webhookUrls?.[receiver] ?? webhookUrl;
      blocks.set(receiver, receiverBlocks(settings, { name: from, policy, secretsFolder, webhookUrl: address }));
    }
  }
  return [
    { name: NOBODY },
    deadMansSwitch(options, secretsFolder),
    ...[...blocks].map(([name, configs]) => ({ name, ...configs })),
  ];
}

/** How the receiver tells, and whose settings these are: its own, else the channel's: LINE where it is configured, else the pls_ops webhook. */
function settingsOf(
  name: string,
  { receivers: known }: Policy,
): { readonly settings: ReceiverSettings; readonly from: string } {
  for (const from of [name, LINE, OPS]) {
    const settings = Object.hasOwn(known, from) ? known[from] : undefined;
    if (settings !== undefined) return { settings, from };
  }
  return { settings: { webhook: {} }, from: OPS };
}

/** Told once a minute, so it gets no address that was not meant for it. */
function deadMansSwitch({ webhookUrl, webhookUrls }: ReceiverOptions, secretsFolder: string): object {
  const url = webhookUrls?.[DEAD_MANS_SWITCH];
  if (url === undefined && webhookUrl !== undefined) return { name: DEAD_MANS_SWITCH };
  const address =
    url === undefined ? { url_file: secretFile({ name: DEAD_MANS_SWITCH, secretsFolder }, "url") } : { url };
  return { name: DEAD_MANS_SWITCH, webhook_configs: [{ ...address, send_resolved: false }] };
}
