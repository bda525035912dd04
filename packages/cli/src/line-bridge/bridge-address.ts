/** Where the bridge listens, and where it finds LINE: loopback unless the policy guards it, and no token over plain HTTP. */
import type { LineBridgeSettings } from "@worker-watchdog/sdk/policy";

/** A host and a port to listen on. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

/**
 * Where to listen: `given` (`HOST:PORT`), else the port of `line_bridge.url` on loopback. Returns what is wrong, in words, where the
 * address could be reached from elsewhere and nothing guards it.
 */
export function listenAddress(given: string | undefined, bridge: LineBridgeSettings): ListenAddress | string {
  const { hostname, port, protocol } = new URL(bridge.url);
  if (given === undefined) {
    const fallback = protocol === "https:" ? 443 : 80;
    return {
      host: isLoopback(hostname) ? unbracketed(hostname) : "127.0.0.1",
      port: port === "" ? fallback : Number(port),
    };
  }
  const [, host = "", digits = ""] = /^(.+):(\d{1,5})$/.exec(given) ?? [];
  if (host === "" || Number(digits) > 65_535) {
    return `found --listen ${JSON.stringify(given)}, allowed HOST:PORT, such as 127.0.0.1:9390`;
  }
  if (!isLoopback(host) && bridge.credentials_file === undefined) {
    return `found --listen ${JSON.stringify(given)} without line_bridge.credentials_file, allowed a loopback address. Anybody who reaches the bridge could page`;
  }
  return { host: unbracketed(host), port: Number(digits) };
}

/** LINE's address: `given`, or `fallback`. Returns what is wrong, in words, where it would carry the token in the clear. */
export function apiAddress(given: string | undefined, fallback: string): { readonly url: string } | string {
  const url = given ?? fallback;
  if (!URL.canParse(url)) return `found --api-url ${JSON.stringify(url)}, allowed an https address`;
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || (protocol === "http:" && isLoopback(hostname))) return { url };
  return `found --api-url ${JSON.stringify(url)}, allowed https, or http on loopback: the request carries the channel access token`;
}

function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
