/** Refuses receivers that could not tell anybody: an owner without one, one without an owner, one that lacks what it needs. */
import type { Policy, QuietHours, ReceiverSettings } from "./policy.ts";
import type { PolicyProblem } from "./policy-problem.ts";

type Lines = ReadonlyMap<string, number | undefined>;
type Problem = Omit<PolicyProblem, "line">;

/** Names that stand for `alerts.channel` where `receivers` lacks them. */
const CHANNEL = { line: "line", ops: "pls_ops" } as const;
const PLATFORM_OWNER = "pls_platform_owner";
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The problems of `receivers`, `owners`, `line_bridge` and `quiet_hours`. A key in `refused` has been told of already. */
export function receiverProblems(policy: Policy, lines: Lines, refused: ReadonlySet<string>): readonly PolicyProblem[] {
  const isTold = (key: string) => [...refused].some((told) => told === key || told.startsWith(`${key}.`));
  const problems = [
    ...Object.entries(policy.receivers).flatMap(([name, receiver]) => incomplete(`receivers.${name}`, receiver)),
    ...unknownReceivers(policy),
    ...unusedReceivers(policy),
    ...unguardedBridge(policy),
    ...(policy.quiet_hours === undefined ? [] : unclearHours(policy.quiet_hours)),
  ];
  return problems
    .filter(({ key }) => !isTold(key))
    .map((problem) => ({ ...problem, line: lineOf(problem.key, lines) }));
}

/** The line of the key, or of the nearest one above it that the file has. */
function lineOf(key: string, lines: Lines): number | undefined {
  for (let path = key; path !== ""; path = path.slice(0, Math.max(path.lastIndexOf("."), 0))) {
    const line = lines.get(path);
    if (line !== undefined) return line;
  }
  return undefined;
}

function incomplete(path: string, receiver: ReceiverSettings): readonly Problem[] {
  const { email, line } = receiver;
  if (Object.keys(receiver).length === 0) {
    const allowed = "at least one of webhook, line, slack, email, pagerduty";
    return [{ key: path, found: "no way to tell anybody", allowed, nextStep: "Add one, such as `webhook: {}`" }];
  }
  const { to, from, smarthost } = email ?? {};
  const ofEmail = email === undefined ? [] : Object.entries({ to, from, smarthost });
  const needed = [
    ...(line === undefined ? [] : [["line.to", line.to] as const]),
    ...ofEmail.map(([key, value]) => [`email.${key}`, value] as const),
  ];
  const missing = needed
    .filter(([, value]) => value === undefined)
    .map(([key]) => ({ key: `${path}.${key}`, found: "nothing", allowed: "a value", nextStep: "Add it" }));
  if (email?.auth_password_file === undefined || email.auth_username !== undefined) return missing;
  const key = `${path}.email.auth_password_file`;
  return [
    ...missing,
    { key, found: "a password without a user name", allowed: "both or neither", nextStep: "Add auth_username" },
  ];
}

/** The receivers that an owner with routes names: the key, and the name. */
function named({
  owner,
  owners,
}: Policy): readonly { readonly key: string; readonly owner: string; readonly name: string }[] {
  return Object.entries(owners)
    .filter(([name]) => name !== PLATFORM_OWNER || owner === PLATFORM_OWNER)
    .flatMap(([name, { receiver, message_receiver }]) => [
      { key: `owners.${name}.receiver`, owner: name, name: receiver },
      ...(message_receiver === undefined
        ? []
        : [{ key: `owners.${name}.message_receiver`, owner: name, name: message_receiver }]),
    ]);
}

/** Without any receiver in the policy every name is the channel's; with some, a name that is not there is a slip of the pen. */
function unknownReceivers(policy: Policy): readonly Problem[] {
  const known = Object.keys(policy.receivers);
  if (known.length === 0) return [];
  return named(policy)
    .filter(({ owner, name }) => !Object.hasOwn(policy.receivers, name) && name !== owner && name !== CHANNEL.ops)
    .map(({ key, name }) => ({
      key,
      found: `the receiver ${JSON.stringify(name)}, which receivers lacks`,
      allowed: known.join(", "),
      nextStep: `Name one of them, add receivers.${name}, or remove the key for the channel`,
    }));
}

function unusedReceivers(policy: Policy): readonly Problem[] {
  const names = named(policy).map(({ name }) => name);
  const usesChannel = names.some((name) => !Object.hasOwn(policy.receivers, name));
  const channel = Object.hasOwn(policy.receivers, CHANNEL.line) ? CHANNEL.line : CHANNEL.ops;
  return Object.keys(policy.receivers)
    .filter((name) => !names.includes(name) && !(usesChannel && name === channel))
    .map((name) => ({
      key: `receivers.${name}`,
      found: "a receiver that no owner names",
      allowed: "receivers of owners",
      nextStep: "Name it as an owner's receiver or message_receiver, or remove it",
    }));
}

function unguardedBridge({ line_bridge }: Policy): readonly Problem[] {
  if (!URL.canParse(line_bridge.url) || LOOPBACK.test(new URL(line_bridge.url).hostname)) return [];
  if (line_bridge.credentials_file !== undefined) return [];
  const found = "another host's address, and no line_bridge.credentials_file";
  const nextStep =
    "Otherwise anybody who reaches the bridge can page. Add credentials_file, or run the bridge beside Alertmanager";
  return [{ key: "line_bridge.url", found, allowed: "a loopback address, or one with credentials_file", nextStep }];
}

function unclearHours({ from, to }: QuietHours): readonly Problem[] {
  const missing = Object.entries({ from, to }).filter(([, value]) => value === undefined);
  if (missing.length > 0) {
    const step = "Add it, or remove quiet_hours: without them everything is delivered at once";
    return missing.map(([key]) => ({
      key: `quiet_hours.${key}`,
      found: "nothing",
      allowed: "a time of day",
      nextStep: step,
    }));
  }
  if (from !== to) return [];
  const nextStep = "Otherwise it is not clear whether they last a day or no time at all";
  return [{ key: "quiet_hours.to", found: `${to}, as from`, allowed: "another time than from", nextStep }];
}
