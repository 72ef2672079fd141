import type { Performer, Task } from "../../actors/ports.ts";
import type { AskedOutcome } from "../../plan/outcome.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import { hashJson } from "../../shared/hash.ts";
import type { Json, JsonObject } from "../../shared/json.ts";
import { hostsIn, isTrustedHost, isTrustedPath, pathsOutside, textsIn } from "./reaches.ts";
import { trustOf } from "./tool-use.ts";

export type CommandBorder = {
  readonly workingFolder: string;
  readonly hosts: readonly string[];
  readonly deadline?: AskedOutcome["deadline"];
};

/**
 * The performer `command`, with what a program puts out marked as outside text, and a person asked before text from outside
 * becomes the name of a program, a folder to run in, an address, or a path outside the working folder.
 */
export function guardCommand(performer: Performer, border: CommandBorder): Performer {
  return {
    ...performer,
    async perform(task, context) {
      const why = strangeIn(task, border);
      const mark = hashJson(task.options);
      const decision = task.resumed?.state === mark ? task.resumed : undefined;
      if (decision && !decision.approved) {
        const message = "the command was rejected";
        return { kind: "failed", failure: { code: "TOOL_REJECTED", message, retryable: false } };
      }
      if (why !== null && !decision) {
        const { deadline } = border;
        const shown = JSON.stringify(task.options, null, 1).slice(0, 8_000);
        const question = `May ${task.path} run this command? ${why}.\n${shown}`;
        return { kind: "asks", question, state: mark, ...(deadline ? { deadline } : {}) };
      }
      const outcome = await performer.perform(task, context);
      return outcome.kind === "completed" ? { ...outcome, tainted: true } : outcome;
    },
  };
}

/** What of a command only text from outside can have said; null: nothing that matters. */
function strangeIn(task: Task, { workingFolder, hosts }: CommandBorder): string | null {
  const { options, untainted } = task;
  if (!untainted) return null;
  for (const key of ["command", "cwd"] as const)
    if (canonicalJson(options[key] ?? null) !== canonicalJson(untainted.options[key] ?? null))
      return `\`${key}\` may come from outside: ${JSON.stringify(options[key]).slice(0, 200)}`;
  if (namesOf(options.env) !== namesOf(untainted.options.env))
    return "a variable's name may come from outside";
  const trust = trustOf(task, { hosts });
  const texts = ["args", "operands", "env"].flatMap((key) => textsIn(options[key] ?? null));
  const host = texts.flatMap(hostsIn).find((one) => !isTrustedHost(one, trust));
  if (host !== undefined) return `the host ${host} may come from outside`;
  const path = texts
    .flatMap((text) => pathsOutside(text, [workingFolder]))
    .find((one) => !isTrustedPath(one, trust));
  return path === undefined ? null : `the path ${path} may come from outside`;
}

/** Of a list also which variables are passed on as this process has them. */
function namesOf(env: Json | undefined): string {
  const names = Array.isArray(env)
    ? env.map((entry) => (typeof entry === "string" ? entry.replace(/=.*$/s, "=") : String(entry)))
    : Object.keys((env ?? {}) as JsonObject);
  return names.sort().join(" ");
}
