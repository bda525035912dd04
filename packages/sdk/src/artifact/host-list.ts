/** Compares addresses with the hosts that a policy lists. */

/** Tells whether an address's host is listed: `host` for any port, `host:port` for that one. */
export function hostMatcher(hosts: readonly string[]): (url: URL) => boolean {
  const listed = new Set(hosts.map(canonical));
  return (url) => listed.has(url.hostname) || listed.has(`${url.hostname}:${portOf(url)}`);
}

/** Whether two addresses have one host: the same name and port, or each its scheme's own port, so that http may lead to https. */
export function isSameHost(one: URL, other: URL): boolean {
  return one.hostname === other.hostname && (portOf(one) === portOf(other) || (one.port === "" && other.port === ""));
}

function canonical(host: string): string {
  const port = /:(\d+)$/.exec(host)?.[1];
  const name = port === undefined ? host : host.slice(0, -port.length - 1);
  const url = `http://${name}`;
  const hostname = URL.canParse(url) ? new URL(url).hostname : name.toLowerCase();
  return port === undefined ? hostname : `${hostname}:${Number(port)}`;
}

function portOf(url: URL): string {
  if (url.port !== "") return url.port;
  return url.protocol === "https:" ? "443" : "80";
}
