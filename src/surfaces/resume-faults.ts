import type { Diagnostic } from "../shared/diagnostic.ts";

/** `asked`: the method that needs a journal. */
export function notDurable(asked: string): Diagnostic {
  return {
    code: "RUN_NOT_DURABLE",
    severity: "error",
    place: asked,
    message: "this runtime keeps no journal",
    hint: "create it with { durable: true }",
  };
}

export function nothingToResume(): Diagnostic {
  return {
    code: "RUN_UNKNOWN",
    severity: "error",
    place: "resume",
    message: "no interrupted run is recorded here",
    expected: "a run that has not ended and that nobody drives",
    hint: "abyssal runs lists them",
  };
}
