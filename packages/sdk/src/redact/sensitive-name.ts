/** Which names of fields, variables, options and parameters hold a credential. One table for text and for trees. */
import type { CredentialKind } from "../semconv/index.ts";

/**
 * What it takes for the value behind a name to count: `any` text, text that is no plain `word`, or one that looks like a `token`. A `header` has a pass
 * of its own where it stands in text, and `no_path` is for a shell's `PWD`.
 */
export type ValueRule = "any" | "word" | "token" | "header" | "no_path";

/** What a name says of its value. */
export interface SensitiveName {
  readonly kind: CredentialKind;
  readonly rule: ValueRule;
}

/** How names end, written small and without joints; the first that fits counts. */
const ENDINGS: readonly (readonly [RegExp, CredentialKind, ValueRule])[] = [
  [/(?:accountkey|sharedaccesskey|ocpapimsubscriptionkey|functionskey)$/, "azure_key", "word"],
  [/(?:secretaccesskey|awssecretkey|awssessiontoken|xamzsecuritytoken)$/, "aws_key", "word"],
  [/(?:password|passwd|passphrase|passcode|passwort)\d?$/, "password", "any"],
  [/^(?:pwd|userpwd|dbpwd|mysqlpwd|pgpwd)$/, "password", "no_path"],
  [/^(?:db|database|smtp|imap|ftp|mysql|mongo|redis|pg|postgres|auth|user|admin|root|e?mail)pass$/, "password", "any"],
  [/secret(?:key(?:base)?)?$/, "secret", "word"],
  [/(?:password|secret|token)value$/, "secret", "word"],
  [/^pass$/, "password", "token"],
  [/^(?:jwt|clientassertion)$/, "token", "token"],
  [
    /(?:api|access|private|encryption|signing|master|license|auth|app|application|service|subscription|storage|deploy|integration|ingest|write|ssh)key$/,
    "api_key",
    "word",
  ],
  [/clientkeydata$/, "private_key", "word"],
  [/^(?:proxy|x)?authorization$/, "authorization", "header"],
  [/^(?:set)?cookies?2?$/, "cookie", "header"],
  [
    /(?:access|refresh|id|auth|bearer|session|bot|channel|security|api|oauth|[cx]srf|private|deploy|personal|middleware)token$/,
    "token",
    "word",
  ],
  [/token$/, "token", "token"],
  [/^(?:credentials?|[cx]srf)$/, "token", "token"],
  [
    /^(?:phpsessid|jsessionid|connectsid|sessid|sessionid|gitlabsession|railssession|laravelsession|aspnetsessionid|aspxauth)$/,
    "cookie",
    "token",
  ],
  [/^aspnetcore(?:cookies|session)$/, "cookie", "token"],
  [/^x(?:amz|goog|oss)signature$/, "url_parameter", "word"],
  [/^auth$/, "authorization", "token"],
];

/** Names that end in "token" and hold none: pages of a list, a model's words, a parser's. */
const NO_TOKEN =
  /(?:page|next|continuation|continue|cursor|sync|eos|bos|pad|unk|sep|cls|mask|stop|start|end|first|last|per|max|min|special|cancell?ation|cancel|unexpected|illegal|invalid)token$/;

/** Providers that a name mentions: theirs is the key. */
const PROVIDERS: readonly (readonly [RegExp, CredentialKind])[] = [
  [/heroku/, "heroku_key"],
  [/datadog|^dd(?:api|app)/, "datadog_key"],
  [/twilio/, "twilio_key"],
  [/mailgun/, "mailgun_key"],
  [/sendgrid/, "sendgrid_key"],
  [/^line|channel(?:access|secret)/, "line_token"],
  [/telegram/, "telegram_token"],
  [/discord/, "discord_token"],
  [/newrelic/, "new_relic_key"],
  [/sentry/, "sentry_token"],
  [/databricks/, "databricks_token"],
  [/azure|^arm(?:client|access)/, "azure_key"],
  [/^aws/, "aws_key"],
  [/openai/, "openai_key"],
  [/anthropic/, "anthropic_key"],
  [/gemini|google|^gcp/, "google_key"],
  [/huggingface|^hf/, "huggingface_token"],
  [/slack/, "slack_token"],
  [/stripe/, "stripe_key"],
  [/gitlab|^cijob/, "gitlab_token"],
  [/github|^gh/, "github_token"],
  [/^npm|nodeauth/, "npm_token"],
  [/docker/, "docker_token"],
  [/digitalocean/, "digitalocean_token"],
  [/grafana/, "grafana_token"],
];
/** `OPENAI_KEY`: with a provider's name before it, a key is one. */
const PROVIDERS_KEY =
  /(?:openai|anthropic|claude|gemini|stripe|twilio|sendgrid|mailgun|datadog|sentry|heroku|azure|groq|mistral|cohere)key$/;
/** Kinds that a provider's name makes more exact. */
const GENERAL: ReadonlySet<CredentialKind> = new Set(["api_key", "secret", "token"]);

/** Names that count in the query of an address alone: elsewhere they are words like any other. */
const QUERY_NAMES: ReadonlySet<string> = new Set(
  "key code sig signature auth sid jwt assertion ticket pass session hmac samlresponse codeverifier devicecode".split(
    " ",
  ),
);

const MAX_NAME_LENGTH = 96;
/** The last letters of every name in the table. */
const LAST = /[dytneshat\d]$/;

/** What the name of a field, a variable or an option says of its value; undefined for one that holds no credential. */
export function sensitiveName(name: string): SensitiveName | undefined {
  if (name.length < 3 || name.length > MAX_NAME_LENGTH) return undefined;
  const plain = plainName(name);
  const found = named(plain, name);
  if (found !== undefined) return found;
  // `http.request.header.cookie`: what stands behind the last dot counts by itself.
  const dot = name.lastIndexOf(".");
  return dot > 0 ? named(plainName(name.slice(dot + 1)), name.slice(dot + 1)) : undefined;
}

/** The same for a parameter in the query of an address. */
export function sensitiveParameter(name: string): SensitiveName | undefined {
  return QUERY_NAMES.has(plainName(name)) ? { kind: "url_parameter", rule: "token" } : sensitiveName(name);
}

function plainName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, "").toLowerCase();
}

function named(plain: string, name: string): SensitiveName | undefined {
  if (!LAST.test(plain)) return undefined;
  // A variable such as SMTP_PASS; but a "first pass" is none.
  if (/[A-Z0-9]_PASS$/.test(name)) return { kind: "password", rule: "word" };
  if (PROVIDERS_KEY.test(plain)) {
    const provider = PROVIDERS.find(([mention]) => mention.test(plain));
    return { kind: provider?.[1] ?? "api_key", rule: "word" };
  }
  for (const [ending, kind, rule] of ENDINGS) {
    if (!ending.test(plain)) continue;
    if (rule === "token" && NO_TOKEN.test(plain)) return undefined;
    // Django's cookie is written so; sessionId and session_id are ids of agents' sessions.
    if (plain === "sessionid" && name !== "sessionid") return undefined;
    const provider = GENERAL.has(kind) ? PROVIDERS.find(([mention]) => mention.test(plain)) : undefined;
    return { kind: provider === undefined ? kind : provider[1], rule };
  }
  return undefined;
}
