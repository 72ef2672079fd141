import type { Diagnostic } from "../shared/diagnostic.ts";
import { invalid } from "./schema-diagnostics.ts";
import type { DocumentPath, SourceDocument } from "./source-document.ts";
import type { AlternativeFile, StepFile } from "./step-schema.ts";
import { AUTO, HUMAN } from "./template.ts";

type Key = keyof AlternativeFile;

/** What each kind of alternative may say beside the key that makes it one. */
const BESIDE = {
  output: ["data"],
  run: ["agent", "timeout", "retry"],
  agent: ["performer", "model", "prompt", "timeout", "retry"],
  performer: ["model", "prompt", "timeout", "retry"],
  model: ["prompt", "timeout", "retry"],
} as const satisfies Readonly<Partial<Record<Key, readonly Key[]>>>;

/** In this order: what an alternative is follows from the first of them that it has. */
const KINDS = ["output", "run", "agent", "performer", "model"] as const;

/** Judges the list of what stands in for a step that has failed for good (`fallback: [...]`). */
export function checkFallback(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  const path = ["steps", name, "fallback"];
  if (step.min_confidence !== undefined && !mayEscalate(step)) return [nobodyIsSurer(document, name, step)];
  if (!Array.isArray(step.fallback)) return [];
  const misplaced = checkOwner(document, path, step);
  if (misplaced.length > 0) return misplaced;
  const last = step.fallback.length - 1;
  return step.fallback.flatMap((one, index) => [
    ...checkKind(document, [...path, index], one),
    ...(one.output === undefined || index === last ? [] : [notLast(document, [...path, index, "output"])]),
    ...checkWork(document, [...path, index], one, step),
  ]);
}

/** Whether an agent's answer can be followed by another agent's. */
function mayEscalate({ agent, run, fallback }: StepFile): boolean {
  const first = Array.isArray(fallback) ? fallback[0] : undefined;
  if (agent === undefined || run !== undefined || !first) return false;
  return first.run === undefined && first.output === undefined;
}

function nobodyIsSurer(document: SourceDocument, name: string, { agent, run }: StepFile): Diagnostic {
  const isAgent = agent !== undefined && run === undefined;
  return invalid(
    document,
    ["steps", name, "min_confidence"],
    "key",
    `step "${name}" has nobody who could be asked when its answer is not sure enough`,
    {
      expected: "an agent, with a list as fallback that begins with another model, agent or performer",
      got: isAgent ? "no such fallback" : "no agent",
      hint: isAgent ? "add fallback: [{ model: PROVIDER/NAME }]" : "leave it out",
    },
  );
}

/** Nothing of a nested template or of a person fails in a way that other work could mend. */
function checkOwner(document: SourceDocument, path: DocumentPath, step: StepFile): Diagnostic[] {
  const isHuman = step.run?.performer === HUMAN;
  if (step.template === undefined && !isHuman) return [];
  return [
    invalid(document, path, "key", `a list of alternatives has no meaning in step "${path[1]}"`, {
      expected: "a step with agent, or run by a performer",
      got: isHuman ? "performer: human" : "a step with template",
      hint: isHuman
        ? "a person's no is final; keep the constant: fallback: { output: ... }"
        : "let the steps of the nested template fall back",
    }),
  ];
}

function checkKind(document: SourceDocument, path: DocumentPath, one: AlternativeFile): Diagnostic[] {
  const kind = KINDS.find((key) => one[key] !== undefined);
  if (kind === undefined) {
    return [
      invalid(document, path, "value", `an alternative of step "${path[1]}" does not say what it does`, {
        expected: "agent, performer, model, run or output",
        got: Object.keys(one).join(", ") || "nothing",
        hint: "add performer: NAME, for the same work by somebody else",
      }),
    ];
  }
  const beside: readonly Key[] = BESIDE[kind];
  const strange = (Object.keys(one) as Key[]).filter((key) => key !== kind && !beside.includes(key));
  return strange.map((key) =>
    invalid(document, [...path, key], "key", `"${key}" has no meaning beside "${kind}"`, {
      expected: `${kind}, with ${beside.join(", ")} or alone`,
      got: key,
      hint: "leave it out, or make two alternatives",
    }),
  );
}

function notLast(document: SourceDocument, path: DocumentPath): Diagnostic {
  return invalid(document, path, "key", `what follows a constant in step "${path[1]}" is never done`, {
    expected: "output in the last place",
    got: `output in place ${Number(path[3]) + 1}`,
    hint: "move it to the end",
  });
}

function checkWork(
  document: SourceDocument,
  path: DocumentPath,
  { agent, performer, model, prompt, run }: AlternativeFile,
  step: StepFile,
): Diagnostic[] {
  const place = run === undefined ? [...path, "performer"] : [...path, "run", "performer"];
  if ((run?.performer ?? performer) === HUMAN) {
    return [
      invalid(document, place, "value", `a person cannot stand in for step "${path[1]}"`, {
        expected: "a performer that does the work by itself",
        got: HUMAN,
        hint: "ask in a step of its own, with when: steps.NAME.status",
      }),
    ];
  }
  if (agent === AUTO) {
    return [
      invalid(document, [...path, "agent"], "value", `"${AUTO}" names no other kind of agent`, {
        expected: "an agent kind",
        got: AUTO,
        hint: "name the kind that is to do the work instead",
      }),
    ];
  }
  if (step.run === undefined || run !== undefined) return [];
  if (agent !== undefined && prompt === undefined) {
    return [
      invalid(document, [...path, "agent"], "key", `step "${path[1]}" has no prompt to give to an agent`, {
        expected: "agent with a prompt of its own",
        got: "a step with run",
        hint: "add prompt: ..., or name another performer",
      }),
    ];
  }
  const stray = prompt === undefined ? model && "model" : "prompt";
  if (agent !== undefined || stray === undefined) return [];
  return [
    invalid(document, [...path, stray], "key", `"${stray}" has no meaning in step "${path[1]}"`, {
      expected: "agent beside it, or a step with agent",
      got: "a step with run",
      hint: "add agent: NAME, or leave it out",
    }),
  ];
}
