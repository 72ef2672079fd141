import type { Diagnostic } from "../shared/diagnostic.ts";
import { nearestName } from "../shared/nearest-name.ts";
import type { MergeRule, Template } from "../templates/template.ts";
import type { Plan } from "./plan.ts";

type Rules = NonNullable<Plan["blackboard"]>;

/**
 * Purpose: the blackboard's rules of one plan, from every template that it is made of.
 * Owns: which template declared which key. Does not own: what is written.
 * Invariants:
 * D1 a key has one rule, whatever declares it.
 */
export class BoardRules {
  readonly #known: readonly string[];
  readonly #declared = new Set<Template>();
  readonly #byKey = new Map<string, { readonly rule: MergeRule; readonly template: Template }>();

  /** `known`: names of the merge functions there are. */
  constructor(known: readonly string[]) {
    this.#known = known;
  }

  /** Absent when nothing is declared. */
  get rules(): Rules | undefined {
    if (this.#byKey.size === 0) return undefined;
    const keys = [...this.#byKey.keys()].sort();
    return Object.fromEntries(keys.map((key) => [key, this.#byKey.get(key)!.rule]));
  }

  /** Takes a template's keys over. Errors: BOARD_RULE_CONFLICT, BOARD_MERGE_UNKNOWN; each once. */
  declare(template: Template): readonly Diagnostic[] {
    if (this.#declared.has(template)) return [];
    this.#declared.add(template);
    return Object.entries(template.blackboard ?? {}).flatMap(([key, rule]) => {
      const known = this.#byKey.get(key);
      if (!known) {
        this.#byKey.set(key, { rule, template });
        return unknownMerges({ [key]: rule }, this.#known, template.source);
      }
      if (textOf(known.rule) === textOf(rule)) return [];
      return [conflict(key, rule, template, known)];
    });
  }
}

/** Rules that name a function which nobody has given. Error: BOARD_MERGE_UNKNOWN. */
export function unknownMerges(
  rules: Rules | undefined,
  known: readonly string[],
  place: string,
): readonly Diagnostic[] {
  return Object.entries(rules ?? {}).flatMap(([key, rule]) => {
    if (typeof rule !== "object" || known.includes(rule.function)) return [];
    const near = nearestName(rule.function, known);
    return [
      {
        code: "BOARD_MERGE_UNKNOWN",
        severity: "error" as const,
        place: `${place}, blackboard.${key}`,
        message: `writes to board.${key} are merged by a function that is not here`,
        expected: known.length === 0 ? "a function given to createAbyssal" : `one of ${known.join(", ")}`,
        got: rule.function,
        hint:
          near === undefined
            ? `createAbyssal({ merges: { ${rule.function}: (present, written) => ... } })`
            : `did you mean "${near}"?`,
      },
    ];
  });
}

function conflict(
  key: string,
  rule: MergeRule,
  { name, source }: Template,
  known: { readonly rule: MergeRule; readonly template: Template },
): Diagnostic {
  return {
    code: "BOARD_RULE_CONFLICT",
    severity: "error",
    place: `${source}, blackboard.${key}`,
    message: `${known.template.name} and ${name} merge writes to board.${key} in different ways`,
    expected: `merge: ${textOf(known.rule)}, as in ${known.template.source}`,
    got: `merge: ${textOf(rule)}`,
    hint: "give both the same rule, or one of them another key",
  };
}

function textOf(rule: MergeRule): string {
  return typeof rule === "object" ? `{ function: ${rule.function} }` : rule;
}
