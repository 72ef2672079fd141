import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { defaultConfig } from "../../../src/surfaces/config/check-config.ts";
import { makeToken } from "../../../src/surfaces/http/auth-keys.ts";
import type { Role } from "../../../src/surfaces/http/permissions.ts";

export const HOUR_MS = 3_600_000;

/** A token as `abyssal token` makes it, with the key of a folder; the key is made with the first one. */
export async function tokenFor(
  folder: string,
  { role, tenant = "default", subject = "somebody", lifeMs = HOUR_MS }: TokenWish,
): Promise<string> {
  const made = await makeToken(defaultConfig.auth, folder, {
    role,
    tenant,
    subject,
    nowMs: Date.now(),
    lifeMs,
  });
  return made.token;
}

export type TokenWish = {
  readonly role: Role;
  readonly tenant?: string;
  readonly subject?: string;
  readonly lifeMs?: number;
};

export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** Tokens of an administrator, each with one thing wrong. */
export async function brokenTokens(folder: string): Promise<Readonly<Record<string, string>>> {
  const { readFile } = await import("node:fs/promises");
  const { importJWK } = await import("jose");
  const jwk = JSON.parse(await readFile(`${folder}/.abyssal/auth-key.json`, "utf8")) as {
    kid: string;
    x: string;
  };
  const ours = await importJWK(jwk, "EdDSA");
  const { privateKey: strange } = await generateKeyPair("EdDSA", { extractable: true });
  const made = (claims: Record<string, unknown> = {}, alg = "EdDSA") =>
    new SignJWT({ role: "admin", tenant: "default", ...claims })
      .setProtectedHeader({ alg, kid: jwk.kid })
      .setSubject("somebody")
      .setIssuer("abyssal")
      .setAudience("abyssal")
      .setIssuedAt();
  const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(strange)));
  const good = await made().setExpirationTime("1h").sign(ours);
  const [head = "", body = "", signature = ""] = good.split(".");
  return {
    expired: await made().setExpirationTime("-1h").sign(ours),
    "wrong key": await made().setExpirationTime("1h").sign(strange),
    "alg none": new UnsecuredJWT({ role: "admin", sub: "somebody" })
      .setIssuer("abyssal")
      .setAudience("abyssal")
      .setExpirationTime("1h")
      .encode(),
    "shared secret": await made({}, "HS256").setExpirationTime("1h").sign(secret),
    "public key as secret": await made({}, "HS256")
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(jwk.x.padEnd(32, "x"))),
    "wrong audience": await made().setAudience("elsewhere").setExpirationTime("1h").sign(ours),
    "wrong issuer": await made().setIssuer("elsewhere").setExpirationTime("1h").sign(ours),
    "no exp": await made().sign(ours),
    "not yet": await made().setNotBefore("1h").setExpirationTime("2h").sign(ours),
    "no role": await made({ role: "root" }).setExpirationTime("1h").sign(ours),
    "no subject": await new SignJWT({ role: "admin" })
      .setProtectedHeader({ alg: "EdDSA", kid: jwk.kid })
      .setIssuer("abyssal")
      .setAudience("abyssal")
      .setExpirationTime("1h")
      .sign(ours),
    "changed body": `${head}.${Buffer.from(body, "base64url").toString("base64url").slice(0, -4)}AAAA.${signature}`,
    "no token at all": "x",
  };
}
