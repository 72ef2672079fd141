import type { Json, JsonObject } from "../shared/json.ts";
import { readsOf, readsOfExpression } from "../templates/expressions.ts";
import type { Enclosing } from "./expansion.ts";

/** Whether everything that a value's expressions read stands in the plan. `bare`: a string is itself an expression. */
export function isKnown(value: Json, { scope }: Enclosing, bare: boolean): boolean {
  const reads =
    bare && typeof value === "string" && !value.includes("{{") ? readsOfExpression(value) : readsOf(value);
  if (!reads.ok) return true;
  const pointers = Object.keys(scope.refs);
  return reads.value.every(([root, member]) => {
    if (root === "steps" || root === "previous" || root === "board") return false;
    const prefix =
      root === "context" ? `/context${member === undefined ? "" : `/${member}`}` : `/parameters/${root}`;
    return !pointers.some((pointer) => pointer === prefix || pointer.startsWith(`${prefix}/`));
  });
}

/** What expressions over known values see. */
export function namesOf({ scope }: Enclosing): JsonObject {
  return { ...scope.parameters, context: scope.context };
}
