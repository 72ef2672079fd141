import { BlockList, isIP } from "node:net";

/** Special-purpose addresses (IANA registries, RFC 6890 and its updates): none of them is a public host. */
const V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
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
];
/** Those that carry an IPv4 address inside (mapped, compatible, NAT64, 6to4, Teredo) are refused whatever it is. */
const V6 = [
  "::/96",
  "::ffff:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

// Two lists: in one, a range of mapped addresses would stand for all of IPv4.
const special = { ipv4: new BlockList(), ipv6: new BlockList() } as const;
for (const range of V4) special.ipv4.addSubnet(...split(range), "ipv4");
for (const range of V6) special.ipv6.addSubnet(...split(range), "ipv6");

function split(range: string): [string, number] {
  const [net, bits] = range.split("/");
  return [net!, Number(bits)];
}

/** Whether an IP address belongs to a public host; false for what is no address. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  return !special[family].check(address, family);
}
