import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const PRIVATE: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
  ["::", 128],
  ["::1", 128],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
];

/** Which addresses may be connected to: public ones, and those that are named. */
export class AddressRules {
  readonly #closed = listOf(PRIVATE);
  readonly #allowed: BlockList;

  constructor(allowed: readonly string[]) {
    this.#allowed = listOf(
      allowed.map((entry) => {
        const [address = "", bits] = entry.split("/");
        return [address, bits === undefined ? (isIP(address) === 6 ? 128 : 32) : Number(bits)];
      }),
    );
  }

  allows(address: string): boolean {
    // A v4 address in v6 clothes is what it is.
    const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
    const family = isIP(plain) === 6 ? "ipv6" : "ipv4";
    if (isIP(plain) === 0) return false;
    return (
      this.#allowed.check(plain, family) || !(this.#closed.check(plain, family) || /^::ffff:/.test(plain))
    );
  }

  /** Looks a name up and refuses what it must not lead to: the address that is connected to is the one that was checked. */
  readonly lookup: LookupFunction = (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "", 4);
      const refused = addresses.find(({ address }) => !this.allows(address));
      const [first] = addresses;
      if (refused || !first) return done(addressRefused(refused?.address ?? host), "", 4);
      if (options.all) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}

export function addressRefused(address: string): Error {
  return Object.assign(new Error(`${address} is an address of this machine or a private network`), {
    code: "ADDRESS_REFUSED",
  });
}

function listOf(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of networks)
    list.addSubnet(address, bits, isIP(address) === 6 ? "ipv6" : "ipv4");
  return list;
}
