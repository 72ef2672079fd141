import { open, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
  SignJWT,
} from "jose";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import type { Config } from "../config.ts";
import type { Identity } from "./identity.ts";

/** Where the key is that `abyssal token` makes. */
export const KEY_FILE = ".abyssal/auth-key.json";

const ALGORITHM = "EdDSA";
const KEY_BYTES = 256 * 1024;

/** The keys that tokens are checked by; null when there are none. Throws AbyssalError AUTH_KEY_INVALID, AUTH_KEY_UNREADABLE. */
export async function loadAuthKeys(
  { jwksUrl, keyFile }: Config["auth"],
  workingFolder: string,
): Promise<JWTVerifyGetKey | null> {
  if (jwksUrl !== undefined) return createRemoteJWKSet(new URL(jwksUrl));
  const keys = await readKeys(keyFile, workingFolder);
  // A key that is named and is not there must not open the door.
  if (!keys && keyFile !== undefined) throw new AbyssalError([unreadable(keyFile, { code: "ENOENT" })]);
  return keys && createLocalJWKSet({ keys: keys.map(publicPart) });
}

export type TokenRequest = Identity & { readonly nowMs: number; readonly lifeMs: number };

/** Signs a token with the local key, which is made when there is none. Throws AbyssalError AUTH_*. */
export async function makeToken(
  auth: Config["auth"],
  workingFolder: string,
  { subject, tenant, role, nowMs, lifeMs }: TokenRequest,
): Promise<{ readonly token: string; readonly madeKey: string | null }> {
  const { jwksUrl, keyFile, issuer, audience, roleClaim, tenantClaim } = auth;
  if (jwksUrl !== undefined) throw new AbyssalError([notOurs(jwksUrl)]);
  const known = await readKeys(keyFile, workingFolder);
  const [jwk] = known?.filter((key) => key.d !== undefined) ?? [];
  if (known && !jwk) throw new AbyssalError([onlyPublic(keyFile ?? KEY_FILE)]);
  const key = jwk ?? (await makeKey(resolve(workingFolder, keyFile ?? KEY_FILE)));
  const token = await new SignJWT({ [roleClaim]: role, [tenantClaim]: tenant })
    .setProtectedHeader({ alg: key.alg ?? ALGORITHM, ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setSubject(subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(Math.floor(nowMs / 1_000))
    .setExpirationTime(Math.floor((nowMs + lifeMs) / 1_000))
    .sign(await importJWK(key, key.alg ?? ALGORITHM));
  return { token, madeKey: jwk ? null : (keyFile ?? KEY_FILE) };
}

async function makeKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = { ...jwk, alg: ALGORITHM, use: "sig", kid: await calculateJwkThumbprint(jwk) };
  try {
    makeFolder(dirname(file));
    // Never over another key: tokens that were made with it would hold no more.
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(`${JSON.stringify(key)}\n`);
    await handle.sync();
    await handle.close();
  } catch (error) {
    throw new AbyssalError([unreadable(file, error)], { cause: error });
  }
  return key;
}

/** Null when there is no file. */
async function readKeys(keyFile: string | undefined, workingFolder: string): Promise<readonly JWK[] | null> {
  const file = resolve(workingFolder, keyFile ?? KEY_FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new AbyssalError([unreadable(file, error)], { cause: error });
  }
  const keys = text.length > KEY_BYTES ? null : keysIn(text);
  if (!keys) throw new AbyssalError([notKeys(keyFile ?? KEY_FILE)]);
  return keys;
}

function keysIn(text: string): readonly JWK[] | null {
  try {
    const value = JSON.parse(text) as JWK | JSONWebKeySet;
    const keys = "keys" in value && Array.isArray(value.keys) ? (value.keys as JWK[]) : [value as JWK];
    // A shared secret would let whoever checks tokens make them.
    const isGood = keys.every(({ kty }) => typeof kty === "string" && kty !== "oct");
    return keys.length > 0 && isGood ? keys : null;
  } catch {
    return null;
  }
}

const PRIVATE = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

function publicPart(key: JWK): JWK {
  return Object.fromEntries(Object.entries(key).filter(([name]) => !PRIVATE.includes(name))) as JWK;
}

function unreadable(file: string, error: unknown): Diagnostic {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  const message = "the file of keys cannot be read or made";
  return { code: "AUTH_KEY_UNREADABLE", severity: "error", place: file, message, got: code };
}

function notKeys(file: string): Diagnostic {
  return {
    code: "AUTH_KEY_INVALID",
    severity: "error",
    place: file,
    message: "the file holds no keys that tokens can be checked by",
    expected: "a JWK or a JWKS of Ed25519, elliptic curve or RSA keys",
  };
}

function onlyPublic(file: string): Diagnostic {
  return {
    code: "AUTH_KEY_INVALID",
    severity: "error",
    place: file,
    message: "the file holds public keys only, which sign nothing",
    expected: "a private key, or none",
  };
}

function notOurs(url: string): Diagnostic {
  return {
    code: "AUTH_KEY_INVALID",
    severity: "error",
    place: "auth.jwks_url",
    message: "tokens are issued by whoever has the keys behind this address",
    got: url,
    hint: "leave auth.jwks_url out to make tokens here",
  };
}
