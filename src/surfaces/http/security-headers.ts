import type { IncomingMessage, ServerResponse } from "node:http";
import helmet from "helmet";

/** Pages of ours load nothing from elsewhere, run no inline script, and are framed by nobody. */
const secure = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", "data:"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  // It speaks plain HTTP; whoever stands before it with a certificate says this.
  strictTransportSecurity: false,
});

/** What helmet says of a page: the same each time, so it is asked once and not for each of them. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = collected();

/** What matters for answers that are no page: none is to be taken for one, framed, or read by other sites' pages. */
export const DATA_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": PAGE_HEADERS["cross-origin-resource-policy"]!,
  "x-content-type-options": "nosniff",
};

function collected(): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    removeHeader: () => {},
  };
  secure({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error) throw error;
  });
  return headers;
}
