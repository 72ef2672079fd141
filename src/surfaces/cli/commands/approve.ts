import type { Decision } from "../../abyssal.ts";
import { LiveRun } from "../../live-run.ts";
import type { CliContext } from "../cli.ts";
import { conductRun } from "../conduct-run.ts";
import { fault, refuse } from "../faults.ts";
import { openAbyssal } from "../open-abyssal.ts";
import { checkOutFolder } from "../out-folder.ts";
import { type RunFlags, wholeNumber } from "../run-flags.ts";
import { printJson, type Terminal } from "../terminal.ts";

export type ApproveFlags = RunFlags & {
  readonly yes?: boolean;
  readonly no?: boolean;
  readonly answer?: string;
  readonly askedBy?: string;
};

/** `abyssal approve`: answers an agent that waits for a person, and goes on with its run unless another process does. */
export async function approveCommand(
  runId: string,
  path: string,
  flags: ApproveFlags,
  context: CliContext,
): Promise<number> {
  const { terminal } = context;
  const decision = readDecision(flags, terminal);
  if (flags.out !== undefined) await checkOutFolder(flags.out, terminal);
  const abyssal = await openAbyssal(context, flags, { durable: true });
  return conductRun(flags, context, {
    abyssal,
    start: () => {
      const decided = abyssal.decide(runId, path, decision);
      if (decided instanceof LiveRun) return decided;
      const sent = { runId, path, approved: decision.approved, sentTo: decided.sentTo };
      if (flags.output === "json") printJson(terminal.stdout, sent);
      else if (flags.output === "ndjson")
        terminal.stdout.write(`${JSON.stringify({ type: "result", ...sent })}\n`);
      else terminal.stdout.write(`sent to process ${sent.sentTo}, which goes on with ${runId}\n`);
      return undefined;
    },
  });
}

function readDecision({ yes, no, answer, askedBy }: ApproveFlags, { env }: Terminal): Decision {
  const said = [yes, no, answer].filter((flag) => flag !== undefined).length;
  if (said !== 1)
    refuse(
      fault("USAGE", said === 0 ? "the decision is missing" : "one decision at a time", {
        expected: "one of --yes, --no, --answer TEXT",
      }),
    );
  const attempt = askedBy === undefined ? undefined : wholeNumber(askedBy, 0);
  if (askedBy !== undefined && attempt === undefined)
    refuse(
      fault("OPTION_INVALID", "this is no attempt", {
        place: "--asked-by",
        expected: "an integer, 0 or more",
        got: askedBy || "nothing",
      }),
    );
  return {
    approved: no !== true,
    by: env.USER ?? "the command line",
    ...(answer === undefined ? {} : { answer }),
    ...(attempt === undefined ? {} : { askedBy: attempt }),
  };
}
