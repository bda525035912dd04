/** The kinds of text that a policy holds: each says what it allows and checks it. */
import { ATTRIBUTES, prometheusLabel } from "../semconv/index.ts";
import { quoted } from "./input-tree.ts";
import { parsePassExpression } from "./pass-expression.ts";
import type { TextFormat, TextProblem } from "./schema-node.ts";

/** A name that becomes a metric label and an Alertmanager receiver: no braces, so that no template can start in it. */
export const nameFormat: TextFormat = {
  allowed: "a name of 1 to 64 letters, digits and `_ . @ / : + -` that starts with a letter or digit",
  check: (name) => (/^[\p{L}\p{N}][\p{L}\p{N}_.@/:+-]{0,63}$/u.test(name) ? undefined : {}),
};

/** Labels that the rules, Prometheus or Alertmanager give a meaning of their own. */
const TAKEN_LABELS: ReadonlySet<string> = new Set([
  ...Object.values(ATTRIBUTES).map(({ key }) => prometheusLabel(key)),
  ...["severity", "owner", "alert_key", "alertname", "alertstate", "le"],
]);

/** A label of Prometheus that is nobody's else. */
export const seriesLabelFormat: TextFormat = {
  allowed:
    "a label name of letters, digits and `_` that starts with a letter, and not one that the rules use themselves, such as `worker_pool`",
  check: (label) => (/^[A-Za-z]\w{0,99}$/.test(label) && !TAKEN_LABELS.has(label) ? undefined : {}),
};

/** The value of a label: no braces, for it stands in annotations, which are templates. */
export const labelValueFormat: TextFormat = {
  allowed: "one line of 1 to 256 characters without braces",
  check: (value) => (/^[^\p{Cc}{}]{1,256}$/u.test(value) ? undefined : {}),
};

/** One line of a page: no braces, for it is copied into templates. */
export const lineFormat: TextFormat = {
  allowed: "one line of 1 to 120 characters without braces",
  check: (line) => (/^(?=.*\S)[^\p{Cc}{}]{1,120}$/u.test(line) ? undefined : {}),
};

/** A command line; informative here, so only bounded. */
export const commandFormat: TextFormat = {
  allowed: "a command of 1 to 4096 characters",
  check: (command) => (command.trim() !== "" && command.length <= 4096 && !command.includes("\0") ? undefined : {}),
};

/** A pass expression that compiles. */
export const passFormat: TextFormat = {
  allowed: "a pass expression such as `ok == true and status in [running, done]`",
  check: (expression) => {
    try {
      parsePassExpression(expression);
      return undefined;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return { found: `${quoted(expression)} (${detail})`, nextStep: "Correct the expression" };
    }
  },
};

/** A time zone that Node and Go both know: an IANA name in its own spelling, never an offset. */
export const timeZoneFormat: TextFormat = {
  allowed: "an IANA time zone name such as `Asia/Taipei` or `UTC`",
  check: (zone) => {
    if (!/^[A-Za-z]/.test(zone)) return {};
    try {
      const known = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
      // Go's zone files are case-sensitive: what Intl accepts in lower case would stop Alertmanager from loading.
      if (known === zone || known.toLowerCase() !== zone.toLowerCase()) return undefined;
      return { nextStep: `Write \`${known}\`` };
    } catch {
      return {};
    }
  },
};

/** A web address without credentials. */
export const webAddressFormat: TextFormat = {
  allowed: "an http or https address without user name and password",
  check: webAddressProblem,
};

/** A web address with a place for the trace id. */
export const traceAddressFormat: TextFormat = {
  allowed: "an http or https address that holds `{trace_id}`",
  check: (address) =>
    webAddressProblem(address.replaceAll("{trace_id}", "0")) ?? (address.includes("{trace_id}") ? undefined : {}),
};

/** A host or host:port, as in an address. */
export const hostFormat: TextFormat = {
  allowed: "a host such as `files.example` or `127.0.0.1:8080`, without scheme and path",
  check: (host) => {
    if (!/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(host)) return {};
    return URL.canParse(`http://${host}`) ? undefined : {};
  },
};

/** The path of a file that holds a secret. What is found is not repeated: it may be the secret itself. */
export const filePathFormat: TextFormat = {
  allowed: "the absolute path of a file that holds the secret",
  check: (path) =>
    /^\/[^\p{Cc}{}]{1,400}$/u.test(path) && !path.endsWith("/")
      ? undefined
      : { found: "a text that is no absolute path", nextStep: "Write the secret to a file, and the file's path here" },
};

/** Who gets a LINE message. */
export const lineRecipientFormat: TextFormat = {
  allowed: "the id of a LINE user, group or room: U, C or R and 32 hexadecimal digits",
  check: (id) => (/^[UCR][0-9a-f]{32}$/.test(id) ? undefined : {}),
};

/** A Slack channel's name or id. */
export const slackChannelFormat: TextFormat = {
  allowed: "a channel such as `#on-call` or `C0123456789`",
  check: (channel) => (/^[#@]?[\p{L}\p{N}_.-]{1,80}$/u.test(channel) ? undefined : {}),
};

/** An e-mail address, plain. */
export const mailAddressFormat: TextFormat = {
  allowed: "an e-mail address such as `on-call@example.com`",
  check: (address) => (/^[^\s@<>,;:"{}\p{Cc}]{1,64}@[A-Za-z0-9.-]{1,190}$/u.test(address) ? undefined : {}),
};

/** A mail server. */
export const mailServerFormat: TextFormat = {
  allowed: "a mail server as `host:port`, such as `smtp.example.com:587`",
  check: (server) => (server.match(/:\d{1,5}$/) === null ? {} : hostFormat.check(server)),
};

/** A time of day. */
export const clockTimeFormat: TextFormat = {
  allowed: "a time of day from `00:00` to `23:59`, in quotes",
  check: (time) => (/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time) ? undefined : {}),
};

/** A dotted path of keys. */
export const keyPathFormat: TextFormat = {
  allowed: "a dotted path of keys such as `mcp.timeout_seconds`",
  check: (path) => (/^[^\s.]+(?:\.[^\s.]+)*$/.test(path) && path.length <= 200 ? undefined : {}),
};

function webAddressProblem(address: string): TextProblem | undefined {
  if (/[\s{}"'`<>\\]/.test(address) || address.length > 500 || !URL.canParse(address)) return {};
  const { protocol, username, password } = new URL(address);
  if (username !== "" || password !== "") {
    return { found: "an address with a user name or password", nextStep: "Take it out: every page would show it" };
  }
  return protocol === "http:" || protocol === "https:" ? undefined : {};
}
