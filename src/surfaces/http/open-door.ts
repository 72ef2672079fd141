import { type Authenticator, LOCAL_IDENTITY } from "./identity.ts";
import { Refusal } from "./problem.ts";

/** No keys are configured: everybody on this machine may do everything, and a token can prove nothing. */
export const openDoor: Authenticator = {
  required: false,
  authenticate(authorization) {
    if (authorization === undefined) return LOCAL_IDENTITY;
    throw new Refusal(401, "TOKEN_INVALID", "no keys are configured here, so no token can be checked");
  },
};
