import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { DEFAULT_TENANT } from "../../engine/engine.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Authenticator, Identity } from "./identity.ts";
import { isRole } from "./permissions.ts";
import { Refusal } from "./problem.ts";

export type TokenRules = {
  readonly issuer: string;
  readonly audience: string;
  /** JWS names; none of them symmetric. */
  readonly algorithms: readonly string[];
  readonly roleClaim: string;
  readonly tenantClaim: string;
};

/** Characters of a token; no token of ours has a tenth of that. */
const TOKEN_CHARACTERS = 8 * 1024;
/** Tokens that were checked and need not be checked again for a while. */
const REMEMBERED_MAX = 1_000;
const REMEMBERED_MS = 60_000;
/** By how much the issuer's clock may differ from ours, seconds. */
const TOLERANCE_S = 5;

const NAME = /^[A-Za-z0-9._@:-]{1,128}$/;

type Remembered = { readonly identity: Identity; readonly untilMs: number };

/**
 * Purpose: say who the bearer of a token is.
 * Owns: the tokens that were checked lately. Does not own: the keys.
 * Invariants:
 * B1 a token holds only by a signature of one of our algorithms, for our issuer and audience, with a subject, a role and an expiry.
 * B2 an expired token is refused, also when it was checked before.
 */
export class TokenAuthenticator implements Authenticator {
  readonly required = true;
  readonly #keys: JWTVerifyGetKey;
  readonly #rules: TokenRules;
  readonly #clock: Clock;
  readonly #remembered = new Map<string, Remembered>();

  constructor(keys: JWTVerifyGetKey, rules: TokenRules, clock: Clock) {
    this.#keys = keys;
    this.#rules = rules;
    this.#clock = clock;
  }

  authenticate(authorization: string | undefined): Identity | Promise<Identity> {
    if (authorization === undefined) throw new Refusal(401, "TOKEN_MISSING", "this takes a token");
    const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined || token.length > TOKEN_CHARACTERS) throw invalid("it is no bearer token");
    const known = this.#remembered.get(token);
    if (known && known.untilMs > this.#clock.nowMs()) return known.identity;
    this.#remembered.delete(token);
    return this.#check(token);
  }

  async #check(token: string): Promise<Identity> {
    const { issuer, audience, algorithms } = this.#rules;
    const nowMs = this.#clock.nowMs();
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        requiredClaims: ["exp", "sub"],
        clockTolerance: TOLERANCE_S,
        currentDate: new Date(nowMs),
      }));
    } catch (error) {
      throw invalid(reasonOf(error));
    }
    const identity = this.#identityOf(payload);
    const untilMs = Math.min((payload.exp! + TOLERANCE_S) * 1_000, nowMs + REMEMBERED_MS);
    this.#remembered.set(token, { identity, untilMs });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED_MAX && oldest !== undefined) this.#remembered.delete(oldest);
    return identity;
  }

  #identityOf(payload: JWTPayload): Identity {
    const { roleClaim, tenantClaim } = this.#rules;
    const { sub, [roleClaim]: role, [tenantClaim]: tenant = DEFAULT_TENANT } = payload;
    if (!isRole(role)) throw invalid(`its claim ${roleClaim} names no role`);
    if (typeof tenant !== "string" || !NAME.test(tenant))
      throw invalid(`its claim ${tenantClaim} names no tenant`);
    if (typeof sub !== "string" || !NAME.test(sub)) throw invalid("its subject is no name");
    return { subject: sub, tenant, role };
  }
}

function invalid(reason: string): Refusal {
  return new Refusal(401, "TOKEN_INVALID", `the token does not hold: ${reason}`);
}

/** What may be told of why; nothing of the keys. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim ${error.claim} is missing or not ours`;
  if (error instanceof errors.JOSEAlgNotAllowed) return "its algorithm is not allowed";
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError))
    return "its keys cannot be fetched";
  return "its signature is not of a key that is known here";
}
