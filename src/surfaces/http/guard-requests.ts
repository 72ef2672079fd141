import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Authenticator, type Identity, LOCAL_IDENTITY } from "./identity.ts";
import { type AllowedAddresses, checkAddress } from "./origin-check.ts";
import { may, type Permission, rolesThatMay } from "./permissions.ts";
import { Refusal } from "./problem.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

export type GuardSettings = {
  readonly authenticator: Authenticator;
  readonly addresses: () => AllowedAddresses;
};

/** Who asks, from where, and whether they may: before anything of the request is read. */
export function guardRequests(app: FastifyInstance, { authenticator, addresses }: GuardSettings): void {
  app.decorateRequest("identity");
  app.decorateRequest("isKnown", false);
  app.decorateRequest("isAudited", false);
  app.decorateRequest("audited", null);
  app.addHook("onRequest", (request, reply, done) => {
    request.identity = LOCAL_IDENTITY;
    reply.headers(SECURITY_HEADERS).header("x-request-id", request.id);
    const { headers, routeOptions, method } = request;
    checkAddress(headers, addresses());
    const { needs } = routeOptions.config;
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

function admit(request: FastifyRequest, identity: Identity, needs: Permission | "nothing" | undefined): void {
  request.identity = identity;
  request.isKnown = true;
  if (needs === undefined || needs === "nothing" || may(identity.role, needs)) return;
  const roles = rolesThatMay(needs).join(", ");
  throw new Refusal(403, "ROLE_INSUFFICIENT", `this takes the permission ${needs}: ${roles}`);
}
