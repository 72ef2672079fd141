import { Refusal } from "./problem.ts";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

export type AllowedAddresses = {
  /** Names under which the server may be asked, without port; loopback's own always are. Null: any. */
  readonly hosts: readonly string[] | null;
  /** Pages of other origins that may ask, as `https://example.com`. */
  readonly origins: readonly string[];
};

/** Whether an address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Holds a request to the addresses that are allowed: a page elsewhere must not reach a server on this machine, under a name that
 * it has pointed there (`Host`) or from its own origin. Throws Refusal 403.
 */
export function checkAddress(
  { host, origin }: { readonly host?: string | undefined; readonly origin?: string | undefined },
  { hosts, origins }: AllowedAddresses,
): void {
  if (hosts) {
    const name = nameOf(host ?? "");
    if (!LOOPBACK.has(name) && !hosts.includes(name))
      throw new Refusal(403, "HOST_REFUSED", "the server is not to be asked under this name");
  }
  if (origin === undefined || origins.includes(origin)) return;
  if (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) return;
  throw new Refusal(403, "ORIGIN_REFUSED", "pages of this origin may not ask");
}

function nameOf(host: string): string {
  const end = host.startsWith("[") ? host.indexOf("]") + 1 : host.indexOf(":");
  return (end > 0 ? host.slice(0, end) : host).toLowerCase();
}
