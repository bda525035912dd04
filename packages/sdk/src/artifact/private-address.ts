/** Which network addresses are nobody's business: private, loopback, link-local, metadata and other special ranges. */
import { BlockList, isIPv4, isIPv6 } from "node:net";

// IANA's special-purpose registries, and the metadata addresses that lie outside them.
const ranges4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
] as const;
// Of IPv6 only 2000::/3 is routed at all; these are the special ranges in it.
const ranges6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"] as const;

const refused: BlockList = new BlockList();
for (const range of ranges4) addRange(range, "ipv4");
for (const range of ranges6) addRange(range, "ipv6");
const routed6: BlockList = new BlockList();
routed6.addSubnet("2000::", 3, "ipv6");
const embedding: BlockList = new BlockList();
embedding.addSubnet("::ffff:0:0", 96, "ipv6");
embedding.addSubnet("64:ff9b::", 96, "ipv6");

/** Whether `address` is in a special range; also true for what is no IP address. An embedded IPv4 address counts as itself. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, "");
  if (isIPv4(bare)) return refused.check(bare, "ipv4");
  if (!isIPv6(bare)) return true;
  if (embedding.check(bare, "ipv6")) return isPrivateAddress(embeddedAddress(bare));
  return !routed6.check(bare, "ipv6") || refused.check(bare, "ipv6");
}

/** The IPv4 address in the last 32 bits. */
function embeddedAddress(address: string): string {
  // The URL parser writes every IPv6 address in one form, the last 32 bits as two hex groups.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(":");
  const bits = groups.slice(-2).map((group) => Number.parseInt(group === "" ? "0" : group, 16));
  return bits.flatMap((group) => [group >> 8, group & 255]).join(".");
}

function addRange(range: string, family: "ipv4" | "ipv6"): void {
  const [network = "", prefix = ""] = range.split("/");
  refused.addSubnet(network, Number(prefix), family);
}
