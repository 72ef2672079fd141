import { z } from "zod";

const ALGORITHMS = [
  "EdDSA",
  "Ed25519",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
  "RS256",
  "RS384",
  "RS512",
];
const A_NAME = "a name";
const name = z.string({ error: A_NAME }).min(1, { error: A_NAME }).max(1_000, { error: A_NAME });
const KNOWN = `a list of ${ALGORITHMS.join(", ")}`;

/** The settings of the section `auth`. */
export const authShape = {
  key_file: z
    .string({ error: "a file" })
    .min(1, { error: "a file" })
    .optional()
    .describe(
      "File of the keys that tokens are checked by, a JWK or JWKS; without it .abyssal/auth-key.json, if it is there.",
    ),
  jwks_url: z
    .url({ protocol: /^https?$/, error: "a URL that begins with https:// or http://" })
    .optional()
    .describe("URL of the JWKS that tokens are checked by, in place of a file."),
  issuer: name.default("abyssal").describe("Who issues tokens: their claim `iss`."),
  audience: name.default("abyssal").describe("Whom tokens are for: their claim `aud`."),
  algorithms: z
    .array(z.enum(ALGORITHMS, { error: KNOWN }), { error: KNOWN })
    .min(1, { error: KNOWN })
    .optional()
    .describe("Algorithms of signatures that hold, as a list; without it EdDSA, ES256 and RS256."),
  role_claim: name.default("role").describe("The claim that names the role."),
  tenant_claim: name.default("tenant").describe("The claim that names the tenant."),
};
