import { hostNameOf, namesLoopback } from "../loopback.ts";
import { Refusal } from "./problem.ts";

export type AllowedAddresses = {
  /** Names under which the server may be asked, without port; loopback's own always are. Null: any. */
  readonly hosts: readonly string[] | null;
  /** Pages of other origins that may ask, as `https://example.com`. */
  readonly origins: readonly string[];
};

/**
 * Holds a request to the addresses that are allowed: a page elsewhere must not reach a server on this machine, under a name that
 * it has pointed there (`Host`) or from its own origin. Throws Refusal 403.
 */
export function checkAddress(
  { host, origin }: { readonly host?: string | undefined; readonly origin?: string | undefined },
  { hosts, origins }: AllowedAddresses,
): void {
  if (hosts) {
    if (!namesLoopback(host ?? "") && !hosts.includes(hostNameOf(host ?? "")))
      throw new Refusal(403, "HOST_REFUSED", "the server is not to be asked under this name");
  }
  if (origin === undefined || origins.includes(origin)) return;
  if (host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)) return;
  throw new Refusal(403, "ORIGIN_REFUSED", "pages of this origin may not ask");
}
