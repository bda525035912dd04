/** Keys about where pages go and when they wait: receivers, the LINE bridge, quiet hours. */
import type { LineBridgeSettings, QuietHours, ReceiverSettings } from "./policy.ts";
import { SEVERITIES, WEEKDAYS } from "./policy-values.ts";
import { flag, type GroupNode, list, type MapNode, number, text, whole } from "./schema-node.ts";
import {
  clockTimeFormat,
  filePathFormat,
  lineRecipientFormat,
  mailAddressFormat,
  mailServerFormat,
  nameFormat,
  slackChannelFormat,
  webAddressFormat,
} from "./text-formats.ts";

/** `receivers`. */
export const receiversSchema: MapNode<ReceiverSettings> = {
  kind: "map",
  doc: "Where pages and messages go. Each receiver is named by an owner and has at least one of webhook, line, slack, email, pagerduty; `line` is LINE for every owner without a receiver of its own. Secrets stand in files on Alertmanager's host; by default `/etc/alertmanager/secrets/<name>.url`, `.key` or `.password`.",
  placeholder: "<name>",
  name: nameFormat,
  defaults: () => ({}),
  item: {
    kind: "group",
    doc: "One receiver.",
    keys: {
      webhook: {
        kind: "group",
        isOptional: true,
        doc: "A generic webhook.",
        keys: {
          url_file: text("File that holds the address.", filePathFormat),
          credentials_file: text("File that holds a bearer token for it; without it none is sent.", filePathFormat),
        },
      },
      line: {
        kind: "group",
        isOptional: true,
        doc: "A chat of the LINE Messaging API.",
        keys: { to: text("Id of the user, group or room that gets the messages; must be given.", lineRecipientFormat) },
      },
      slack: {
        kind: "group",
        isOptional: true,
        doc: "A Slack channel.",
        keys: {
          api_url_file: text("File that holds the incoming webhook's address.", filePathFormat),
          channel: text("Channel; the incoming webhook's own where it is absent.", slackChannelFormat),
        },
      },
      email: {
        kind: "group",
        isOptional: true,
        doc: "An e-mail address.",
        keys: {
          to: text("Who gets it; must be given.", mailAddressFormat),
          from: text("Who it is from; must be given.", mailAddressFormat),
          smarthost: text("The mail server; must be given.", mailServerFormat),
          auth_username: text("User name at the mail server; without it there is no authentication.", nameFormat),
          auth_password_file: text("File that holds the password.", filePathFormat),
          require_tls: flag("Whether the mail server must offer TLS; true where it is absent."),
        },
      },
      pagerduty: {
        kind: "group",
        isOptional: true,
        doc: "A PagerDuty service, by its Events API v2.",
        keys: {
          routing_key_file: text("File that holds the integration key.", filePathFormat),
          events_url: text("Address of the Events API; Alertmanager's where it is absent.", webAddressFormat),
        },
      },
    },
  },
};

/** `line_bridge`. */
export const lineBridgeSchema: GroupNode<LineBridgeSettings> = {
  kind: "group",
  doc: "The bridge from Alertmanager to the LINE Messaging API, `watchdog line-bridge`.",
  keys: {
    url: text("Where Alertmanager reaches the bridge.", webAddressFormat),
    channel_access_token_file: text(
      "File on the bridge's host that holds the channel access token; without it the environment variable LINE_CHANNEL_ACCESS_TOKEN does.",
      filePathFormat,
    ),
    credentials_file: text(
      "File, on both hosts, that holds a bearer token: Alertmanager sends it, and the bridge asks for it. Must be given unless both are on one host.",
      filePathFormat,
    ),
    request_timeout_seconds: number("Longest time of one request to LINE.", { above: 0, max: 60, unit: "seconds" }),
    attempts: whole("Requests for one message before Alertmanager, which tries again itself, is told that it failed.", {
      min: 1,
      max: 5,
      unit: "requests",
    }),
    retry_wait_seconds: number("Wait between them.", { min: 0, max: 60, unit: "seconds" }),
    max_body_bytes: whole("Largest notification that is read.", { min: 65_536, max: 1_073_741_824, unit: "bytes" }),
  },
};

/** `quiet_hours`. */
export const quietHoursSchema: GroupNode<QuietHours> = {
  kind: "group",
  isOptional: true,
  doc: "When nobody is told, in the policy's time zone; what still fires when it ends is told then. Without it everything is delivered at once.",
  keys: {
    days: list("Days on which it begins; every day where it is absent.", { values: WEEKDAYS }),
    from: text("Time of day at which it begins; must be given.", clockTimeFormat),
    to: text(
      "Time of day at which it ends, on the next day where it is not later than `from`; must be given.",
      clockTimeFormat,
    ),
    severities: list("Severities that wait; medium alone where it is absent.", { values: SEVERITIES }),
  },
};
