const NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether an address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return NAMES.has(host) || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether a request names this machine by one of its own names: a page elsewhere may have pointed another one here. */
export function namesLoopback(hostHeader: string): boolean {
  return NAMES.has(hostNameOf(hostHeader));
}

/** The name in a `Host` header, without its port. */
export function hostNameOf(hostHeader: string): string {
  const end = hostHeader.startsWith("[") ? hostHeader.indexOf("]") + 1 : hostHeader.indexOf(":");
  return (end > 0 ? hostHeader.slice(0, end) : hostHeader).toLowerCase();
}
