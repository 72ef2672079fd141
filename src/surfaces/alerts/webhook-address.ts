import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "../../shared/public-address.ts";

/** Which addresses may be connected to: public ones, and those that are named. */
export class AddressRules {
  readonly #allowed = new BlockList();

  constructor(allowed: readonly string[]) {
    for (const entry of allowed) {
      const [address = "", bits] = entry.split("/");
      const isV6 = isIP(address) === 6;
      this.#allowed.addSubnet(address, Number(bits ?? (isV6 ? 128 : 32)), isV6 ? "ipv6" : "ipv4");
    }
  }

  allows(address: string): boolean {
    // A v4 address in v6 clothes is what it is.
    const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
    const version = isIP(plain);
    if (version === 0) return false;
    return this.#allowed.check(plain, version === 6 ? "ipv6" : "ipv4") || isPublicAddress(plain);
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
