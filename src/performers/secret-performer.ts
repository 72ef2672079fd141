import type { PerformContext, Performer, Task } from "../actors/ports.ts";
import type { Failure, Outcome } from "../plan/outcome.ts";
import type { JsonObject } from "../shared/json.ts";
import { putAt } from "../shared/json-pointer.ts";
import { LIMITS } from "../shared/limits.ts";
import { patternOf, secretForms } from "../shared/secret-forms.ts";
import { HIDDEN } from "../shared/secrets.ts";

/** Which variables may be handed to work, and what they hold. */
export type SecretVariables = {
  readonly granted: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * The same performer with the values of secret parameters put in where its task names them. Nobody else sees them: what is cached, guarded
 * and recorded is the task with the names of variables, and whatever the work says comes back without the values.
 */
export function withSecrets(performer: Performer, variables: SecretVariables): Performer {
  const { name } = performer;
  return {
    name,
    ...(performer.dependence ? { dependence: (task: Task) => performer.dependence!(task) } : {}),
    ...(performer.resources ? { resources: (task: Task) => performer.resources!(task) } : {}),
    perform: (task, context) =>
      task.secrets
        ? performWith(task.secrets, performer, task, context, variables)
        : performer.perform(task, context),
  };
}

async function performWith(
  secrets: NonNullable<Task["secrets"]>,
  performer: Performer,
  task: Task,
  context: PerformContext,
  { granted, env }: SecretVariables,
): Promise<Outcome> {
  const names = Object.values(secrets);
  for (const name of names) {
    const failure = refusal(name, granted, env[name]);
    if (failure) return { kind: "failed", failure };
  }
  const hide = hider(names.map((name) => env[name]!));
  const { board } = context;
  const opened: Task = {
    ...task,
    options: filled(task.options, secrets, env),
    ...(task.untainted
      ? { untainted: { ...task.untainted, options: filled(task.untainted.options, secrets, env) } }
      : {}),
  };
  try {
    const outcome = await performer.perform(opened, {
      ...context,
      emit: (signal) => context.emit(hide(signal)),
      board: {
        get: (key) => board.get(key),
        put: (write) => board.put(hide(write)),
      },
    });
    return hide(outcome);
  } catch (error) {
    // What is thrown crosses the guards, which remember it.
    throw hidden(error, hide);
  }
}

function refusal(name: string, granted: readonly string[], value: string | undefined): Failure | null {
  const reason = !granted.includes(name)
    ? { message: `the variable ${name} is not for templates`, hint: `add it to secrets.parameters` }
    : value === undefined || value === ""
      ? { message: `the variable ${name} is not set`, hint: "set it where the run is driven" }
      : value.trim().length < LIMITS.secretCharactersMin
        ? {
            message: `what ${name} holds is too short to be kept out of texts`,
            hint: `at least ${LIMITS.secretCharactersMin} characters`,
          }
        : null;
  return reason && { code: "SECRET_UNAVAILABLE", retryable: false, ...reason };
}

/** The options with the values at their pointers. */
function filled(
  options: JsonObject,
  secrets: Readonly<Record<string, string>>,
  env: SecretVariables["env"],
): JsonObject {
  const copy = structuredClone(options);
  for (const [pointer, name] of Object.entries(secrets)) putAt(copy, pointer, env[name]!);
  return copy;
}

type Hide = <T>(value: T) => T;

function hider(values: readonly string[]): Hide {
  const pattern = patternOf(values.flatMap(secretForms))!;
  const hide = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return value.replace(pattern, HIDDEN);
    if (typeof value !== "object" || value === null) return value;
    if (depth > LIMITS.scrubDepth) return HIDDEN;
    if (Array.isArray(value)) return value.map((item) => hide(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key.replace(pattern, HIDDEN), hide(member, depth + 1)]),
    );
  };
  return (value) => hide(value, 0) as typeof value;
}

function hidden(error: unknown, hide: Hide): Error {
  if (!(error instanceof Error)) return new Error(hide(String(error)));
  const clean = new Error(hide(error.message));
  clean.name = error.name;
  if (error.stack !== undefined) clean.stack = hide(error.stack);
  return clean;
}
