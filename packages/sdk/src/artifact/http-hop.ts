/** One HTTP request of the gate: address checked after DNS, no pooled connection, no body read yet. */
import { lookup as dnsLookup } from "node:dns/promises";
import type { ClientRequestArgs, IncomingMessage } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import { GateFailure } from "./gate-failure.ts";
import { isPrivateAddress } from "./private-address.ts";

/** One address of a host. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** Finds the addresses of a host name. */
export type HostLookup = (hostname: string) => Promise<readonly HostAddress[]>;

/** Asks the operating system, as every other program on the machine does. */
export const systemLookup: HostLookup = (hostname) => dnsLookup(hostname, { all: true });

/** How a hop is made. */
export interface HopOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly lookup: HostLookup;
  /** Hosts that may have a private address. */
  readonly isPrivateAllowed: (url: URL) => boolean;
}

/**
 * Sends one GET and resolves with the response as soon as its head is there. The caller reads or destroys it.
 *
 * @throws GateFailure `address_refused` or `transport`; the signal's reason when it aborts.
 */
export async function openHop(url: URL, options: HopOptions): Promise<IncomingMessage> {
  // With the first request: together they are more than half of what importing the whole library took.
  const { request: send } = await (url.protocol === "https:" ? import("node:https") : import("node:http"));
  const { signal, headers, lookup } = options;
  const isAllowed = options.isPrivateAllowed(url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // A literal address never reaches the lookup.
    if (isIP(host) !== 0 && !isAllowed && isPrivateAddress(host)) throw addressRefused(url);
    const settings: ClientRequestArgs = {
      protocol: url.protocol,
      host,
      port: url.port,
      path: `${url.pathname}${url.search}`,
      method: "GET",
      headers: { host: url.host, "accept-encoding": "identity", "user-agent": "worker-watchdog", ...headers },
      // A pooled connection would have been opened without the check below.
      agent: false,
      lookup: checkedLookup(url, lookup, isAllowed),
      signal,
    };
    const request = send(settings, resolve);
    request.on("error", (error) => reject(signal.aborted ? signal.reason : asFailure(error)));
    request.end();
  });
}

/** Resolves a name and refuses it if any of its addresses is private: the connection is made to what was checked. */
function checkedLookup(url: URL, lookup: HostLookup, isAllowed: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname).then(
      (addresses) => {
        const first = addresses[0];
        if (first === undefined)
          callback(
            new GateFailure("transport", `found no address of ${hostname}, allowed a name that resolves`, true),
            "",
            0,
          );
        else if (!isAllowed && addresses.some(({ address }) => isPrivateAddress(address)))
          callback(addressRefused(url), "", 0);
        else if (options.all === true)
          callback(
            null,
            addresses.map(({ address, family }) => ({ address, family })),
          );
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(asFailure(error), "", 0),
    );
  };
}

function addressRefused(url: URL): GateFailure {
  return new GateFailure(
    "address_refused",
    `found host ${url.host} with a private, loopback or otherwise special address, allowed public addresses and hosts in artifact.allowed_private_hosts`,
  );
}

/** Any error of a connection or a body as a failure. */
export function asFailure(error: unknown): GateFailure {
  if (error instanceof GateFailure) return error;
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return new GateFailure(
    "transport",
    `found a transport error (${code === "" ? "no code" : code}), allowed an HTTP response`,
    true,
  );
}
