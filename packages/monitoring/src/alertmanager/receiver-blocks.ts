/** One receiver of the policy as Alertmanager's blocks: webhook, LINE by the bridge, Slack, e-mail, PagerDuty. Secrets only as files. */
import type {
  EmailReceiver,
  LineBridgeSettings,
  Links,
  PagerdutyReceiver,
  Policy,
  ReceiverSettings,
  SlackReceiver,
  WebhookReceiver,
} from "@worker-watchdog/sdk/policy";

/** What a receiver's blocks are made from, beside its settings. */
export interface BlockContext {
  /** The receiver's name in the policy. */
  readonly name: string;
  readonly policy: Policy;
  /** Folder of the secret files that the policy does not name. */
  readonly secretsFolder: string;
  /** Address instead of the webhook's file, for a deployment that has no secret. */
  readonly webhookUrl?: string | undefined;
}

const shown = (template: string): string => `{{ template "worker_watchdog.${template}" . }}`;
/** An alert of the group that stands for it: links lead to the same places for all of them, or nearly so. */
const ofFirst = (annotation: string): string => `{{ (index .Alerts 0).Annotations.${annotation} }}`;

/** The `*_configs` of a receiver. */
export function receiverBlocks(settings: ReceiverSettings, context: BlockContext): object {
  const { webhook, line, slack, email, pagerduty } = settings;
  const { policy } = context;
  const webhooks = [
    ...(webhook === undefined ? [] : [webhookBlock(webhook, context)]),
    ...(line === undefined ? [] : [lineBlock(context.name, policy.line_bridge)]),
  ];
  return {
    ...(webhooks.length === 0 ? {} : { webhook_configs: webhooks }),
    ...(slack === undefined ? {} : { slack_configs: [slackBlock(slack, context)] }),
    ...(email === undefined ? {} : { email_configs: [emailBlock(email, context)] }),
    ...(pagerduty === undefined ? {} : { pagerduty_configs: [pagerdutyBlock(pagerduty, context)] }),
  };
}

/** Where the bridge takes the notifications for a receiver of the policy. */
export function bridgeAddress(name: string, { url }: LineBridgeSettings): string {
  return `${url.replace(/\/+$/, "")}/receivers/${encodeURIComponent(name)}`;
}

/** The file of a secret that the policy does not name: the receiver's name with `ending`. */
export function secretFile(
  { name, secretsFolder }: Pick<BlockContext, "name" | "secretsFolder">,
  ending: string,
): string {
  return `${secretsFolder}/${name.replaceAll(/[^\p{L}\p{N}_.@+-]/gu, "_")}.${ending}`;
}

function bearer(credentialsFile: string | undefined): object {
  return credentialsFile === undefined
    ? {}
    : { http_config: { authorization: { credentials_file: credentialsFile }, follow_redirects: false } };
}

function webhookBlock({ url_file, credentials_file }: WebhookReceiver, context: BlockContext): object {
  const { webhookUrl } = context;
  const address = webhookUrl === undefined ? { url_file: url_file ?? secretFile(context, "url") } : { url: webhookUrl };
  return { ...address, ...bearer(credentials_file), send_resolved: true, payload: shown("payload") };
}

function lineBlock(name: string, bridge: LineBridgeSettings): object {
  const url = bridgeAddress(name, bridge);
  return { url, ...bearer(bridge.credentials_file), send_resolved: true, payload: shown("payload") };
}

function slackBlock({ api_url_file, channel }: SlackReceiver, context: BlockContext): object {
  return {
    api_url_file: api_url_file ?? secretFile(context, "url"),
    ...(channel === undefined ? {} : { channel }),
    send_resolved: true,
    title: shown("slack_title"),
    ...(context.policy.links.dashboard === undefined ? {} : { title_link: ofFirst("dashboard_url") }),
    text: shown("slack_text"),
    fallback: shown("slack_title"),
    // The text is not markup: a job id with `_` or `*` in it is shown as it is.
    mrkdwn_in: ["pretext"],
  };
}

function emailBlock(email: EmailReceiver, context: BlockContext): object {
  const { to, from, smarthost, auth_username, auth_password_file, require_tls } = email;
  const password = { auth_password_file: auth_password_file ?? secretFile(context, "password") };
  return {
    to,
    from,
    smarthost,
    ...(auth_username === undefined ? {} : { auth_username, ...password }),
    require_tls: require_tls ?? true,
    send_resolved: true,
    headers: { Subject: shown("title") },
    text: shown("text"),
    html: shown("html"),
  };
}

function pagerdutyBlock({ routing_key_file, events_url }: PagerdutyReceiver, context: BlockContext): object {
  const links = pagerdutyLinks(context.policy.links);
  return {
    routing_key_file: routing_key_file ?? secretFile(context, "key"),
    ...(events_url === undefined ? {} : { url: events_url }),
    send_resolved: true,
    client: "worker-watchdog",
    description: shown("title"),
    severity: shown("pagerduty_severity"),
    class: "{{ .CommonLabels.alertname }}",
    component: "{{ .CommonLabels.phase }}",
    group: "{{ .CommonLabels.worker_pool }}",
    details: {
      firing: '{{ template "worker_watchdog.alerts" .Alerts.Firing }}',
      resolved: '{{ template "worker_watchdog.alerts" .Alerts.Resolved }}',
    },
    ...(links.length === 0 ? {} : { links }),
  };
}

function pagerdutyLinks({ runbook, dashboard }: Links): readonly object[] {
  return [
    ...(runbook === undefined ? [] : [{ href: ofFirst("runbook_url"), text: "Runbook" }]),
    ...(dashboard === undefined ? [] : [{ href: ofFirst("dashboard_url"), text: "Dashboard" }]),
  ];
}
