import { systemClock } from "../../../shared/clock.ts";
import { nearestName } from "../../../shared/nearest-name.ts";
import { parseSpanMs } from "../../../shared/quantity.ts";
import { isRole, ROLES } from "../../http/permissions.ts";
import type { CliContext } from "../cli.ts";
import { configOf } from "../command-config.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";

export type TokenFlags = {
  readonly role: string;
  readonly tenant: string;
  readonly subject?: string;
  readonly expires: string;
  readonly config?: string;
};

const NAME = /^[A-Za-z0-9._@:-]{1,128}$/;

/** `abyssal token`: a token for the HTTP server of this working folder, and the key for it when there is none. */
export async function tokenCommand(flags: TokenFlags, context: CliContext): Promise<number> {
  const { cwd, env, stdout, stderr } = context.terminal;
  const { role, tenant, subject = env.USER ?? "operator" } = flags;
  const lifeMs = parseSpanMs(flags.expires);
  if (!isRole(role)) {
    const near = nearestName(role, ROLES);
    refuse(
      fault("OPTION_INVALID", "there is no such role", {
        place: "--role",
        expected: ROLES.join(", "),
        got: role,
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      }),
    );
  }
  if (lifeMs === undefined || lifeMs <= 0)
    refuse(
      fault("OPTION_INVALID", "this is no span of time", {
        place: "--expires",
        expected: "such as 1h or 30d",
        got: flags.expires,
      }),
    );
  for (const [place, got] of [
    ["--tenant", tenant],
    ["--subject", subject],
  ] as const)
    if (!NAME.test(got))
      refuse(
        fault("OPTION_INVALID", "this is no name", { place, expected: "1 to 128 of A-Za-z0-9._@:-", got }),
      );
  const { auth } = await configOf(flags, context);
  const { makeToken } = await import("../../http/auth-keys.ts");
  const { token, madeKey } = await makeToken(auth, cwd, {
    subject,
    tenant,
    role,
    nowMs: systemClock.nowMs(),
    lifeMs,
  });
  if (madeKey !== null)
    stderr.write(
      `made the key ${madeKey}: from its next start on, the server of this folder asks for tokens\n`,
    );
  stdout.write(`${token}\n`);
  return EXIT.succeeded;
}
