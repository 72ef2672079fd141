/** A URL's host as addresses are compared: small letters, no brackets, no dot at the end. */
export function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
}

/** Whether a declared host stands for one: itself, or `*.example.org` for those below it. */
export function isListedHost(listed: readonly string[], host: string): boolean {
  const name = bareHost(host);
  return listed.some((one) => {
    const wanted = one.toLowerCase();
    return wanted.startsWith("*.") ? name.endsWith(wanted.slice(1)) : name === bareHost(wanted);
  });
}

/** Whether `host:port` is declared as private and allowed: `127.0.0.1:8080`, or `127.0.0.1:*`. */
export function isListedPrivate(listed: readonly string[], host: string, port: number): boolean {
  const name = bareHost(host);
  return listed.some((one) => {
    const colon = one.lastIndexOf(":");
    const wanted = bareHost(one.slice(0, colon));
    const wantedPort = one.slice(colon + 1);
    return wanted === name && (wantedPort === "*" || Number(wantedPort) === port);
  });
}
