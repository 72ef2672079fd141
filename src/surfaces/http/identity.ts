import { DEFAULT_TENANT } from "../../engine/engine.ts";
import type { Role } from "./permissions.ts";

/** Who asks. */
export type Identity = {
  readonly subject: string;
  readonly tenant: string;
  readonly role: Role;
};

/** Everybody, where no keys are configured and only this machine can reach the server. */
export const LOCAL_IDENTITY: Identity = { subject: "local", tenant: DEFAULT_TENANT, role: "admin" };

/** Says who a token's bearer is. */
export interface Authenticator {
  /** Whether requests without a token are refused. */
  readonly required: boolean;
  /** Throws Refusal 401 for a token that does not hold; who has none is `LOCAL_IDENTITY` or refused, by `required`. */
  authenticate(authorization: string | undefined): Identity | Promise<Identity>;
}
