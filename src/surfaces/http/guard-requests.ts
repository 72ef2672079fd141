import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Authenticator, type Identity, LOCAL_IDENTITY } from "./identity.ts";
import { type AllowedAddresses, checkAddress } from "./origin-check.ts";
import { may, type Permission, rolesThatMay } from "./permissions.ts";
import { Refusal } from "./problem.ts";
import type { RequestRate } from "./request-rate.ts";
import { DATA_HEADERS } from "./security-headers.ts";

export type GuardSettings = {
  readonly authenticator: Authenticator;
  readonly addresses: () => AllowedAddresses;
  readonly rate: RequestRate;
};

/** Who asks, from where, whether they may, and not too often: before anything of the request is read. */
export function guardRequests(app: FastifyInstance, { authenticator, addresses, rate }: GuardSettings): void {
  app.decorateRequest("identity");
  app.decorateRequest("isKnown", false);
  app.decorateRequest("isAudited", false);
  app.decorateRequest("audited", null);
  const admit = (request: FastifyRequest, identity: Identity, needs: Needs): void => {
    request.identity = identity;
    request.isKnown = true;
    checkPermission(identity, needs);
    if (needs !== "nothing") rate.count(identity);
  };
  app.addHook("onRequest", (request, reply, done) => {
    request.identity = LOCAL_IDENTITY;
    reply.headers(DATA_HEADERS).header("x-request-id", request.id);
    const { headers, method } = request;
    checkAddress(headers, addresses());
    const { needs } = request.routeOptions.config;
    // Who asks whether it lives needs no token, nor does a browser that asks whether it may ask.
    const isOpen = needs === "nothing" || method === "OPTIONS";
    if (isOpen && headers.authorization === undefined) {
      done();
      return;
    }
    const known = authenticator.authenticate(headers.authorization);
    if (known instanceof Promise)
      known.then((identity) => admit(request, identity, needs)).then(() => done(), done);
    else {
      admit(request, known, needs);
      done();
    }
  });
}

type Needs = Permission | "nothing" | undefined;

function checkPermission({ role }: Identity, needs: Needs): void {
  if (needs === undefined || needs === "nothing" || may(role, needs)) return;
  const roles = rolesThatMay(needs).join(", ");
  throw new Refusal(403, "ROLE_INSUFFICIENT", `this takes the permission ${needs}: ${roles}`);
}
