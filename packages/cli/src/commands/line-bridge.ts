/** `watchdog line-bridge`: from Alertmanager to the LINE Messaging API, until a signal stops it. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Command, CommandContext, OptionValues } from "../command.ts";
import { apiAddress, listenAddress } from "../line-bridge/bridge-address.ts";
import { channelAccessToken, TOKEN_VARIABLE } from "../line-bridge/bridge-secrets.ts";
import { lineBridge } from "../line-bridge/line-bridge.ts";
import { LINE_API } from "../line-bridge/push-message.ts";
import { readPolicy } from "../read-policy.ts";

const FAILED = 1;
const WRONG_USAGE = 2;
const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

export const lineBridgeCommand: Command = {
  help: `  --policy FILE       the policy; default: watchdog.yaml here, else the built-in defaults
  --listen HOST:PORT  where it listens; default: the port of line_bridge.url, on loopback
  --api-url URL       LINE's API, or a stand-in; default: ${LINE_API}

Alertmanager sends it the pages of each receiver with \`line\`, at /receivers/<name>; the generated alertmanager.yml does so.
A notification is answered once LINE has it; 5xx tells Alertmanager to try again, and counts in its
alertmanager_notifications_failed_total. A retry is never a second message: it carries the same X-Line-Retry-Key.
The channel access token stands in the file that line_bridge.channel_access_token_file names, else in ${TOKEN_VARIABLE}.
GET /healthz answers 200 while there is a token. SIGTERM and SIGINT end it once what it has begun is sent.`,
  options: {
    policy: { type: "string" },
    listen: { type: "string" },
    "api-url": { type: "string" },
  },
  async run(values, context) {
    const { policy, source } = readPolicy(text(values, "policy"), context.directory);
    const environment = context.environment ?? process.env;
    const address = listenAddress(text(values, "listen"), policy.line_bridge);
    const api = apiAddress(text(values, "api-url"), LINE_API);
    for (const problem of [address, api]) {
      if (typeof problem !== "string") continue;
      context.complain(`watchdog line-bridge: ${problem}`);
      return WRONG_USAGE;
    }
    if (typeof address === "string" || typeof api === "string") return WRONG_USAGE;
    const names = Object.entries(policy.receivers).flatMap(([name, { line }]) => (line === undefined ? [] : [name]));
    const token = await channelAccessToken(policy.line_bridge, environment);
    const problem =
      names.length === 0 ? `found no receiver with \`line\` in ${source}, allowed at least one` : problemOf(token);
    if (problem !== undefined) {
      context.complain(`watchdog line-bridge: ${problem}`);
      return FAILED;
    }
    const server = lineBridge({
      policy,
      apiUrl: api.url,
      environment,
      onSent: context.print,
      onFailed: (line) => context.complain(`watchdog line-bridge: ${line}`),
    });
    return await serve(server, address, names, context);
  },
};

async function serve(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
  names: readonly string[],
  context: CommandContext,
): Promise<number> {
  server.listen(port, host);
  // A taken port is a system error, which every command tells.
  await once(server, "listening");
  const { port: bound } = server.address() as AddressInfo;
  context.print(`listening on ${host.includes(":") ? `[${host}]` : host}:${bound} for ${names.join(", ")}`);
  const stop = () => server.close();
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  await once(server, "close");
  for (const signal of STOP_SIGNALS) process.off(signal, stop);
  context.print("stopped");
  return 0;
}

function problemOf(secret: { readonly value: string } | { readonly problem: string }): string | undefined {
  return "problem" in secret ? secret.problem : undefined;
}

function text(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}
