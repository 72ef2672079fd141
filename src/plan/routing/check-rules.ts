import type { Diagnostic } from "../../shared/diagnostic.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import type { TemplateRegistry } from "../../templates/registry.ts";
import { AUTO } from "../../templates/template.ts";
import type { RoutingRule } from "./routing.ts";

/** Where a name stands in the list of rules: `[2, "use"]`, `[0, "prefer", 1]`, `[1, "when", "template"]`. */
export type RulePlace = readonly (string | number)[];

/** What names in rules can mean. */
export type RuleNames = { readonly registry: TemplateRegistry; readonly performers: readonly string[] };

type Finding = { readonly diagnostic: Diagnostic; readonly at: RulePlace };

/**
 * What rules name and nothing here is called: agent kinds, performers, templates, their steps, capabilities. Such a rule could
 * only surprise. Code: ROUTE_RULE_UNKNOWN; where it stands is for the caller to add.
 */
export function checkRules(rules: readonly RoutingRule[], { registry, performers }: RuleNames): Finding[] {
  const kinds = registry.agentKinds().map(({ name }) => name);
  const capabilities = [...new Set(registry.agentKinds().flatMap((kind) => kind.capabilities))];
  return rules.flatMap(({ when = {}, use, prefer = [], avoid = [] }, rule) => {
    const targets: (readonly [string, RulePlace])[] = [
      ...(use === undefined ? [] : [[use, [rule, "use"]] as const]),
      ...prefer.map((target, index) => [target, [rule, "prefer", index]] as const),
      ...avoid.map((target, index) => [target, [rule, "avoid", index]] as const),
    ];
    const found = targets.flatMap(([target, at]) => {
      const [agent = "*", performer = "*"] = target.split("/");
      return [
        ...unknown("an agent kind", agent, ["*", ...kinds], at),
        ...unknown("a performer", performer, ["*", ...performers], at),
      ];
    });
    const asked = [
      ...unknown("an agent kind", when.agent, [AUTO, ...kinds], [rule, "when", "agent"]),
      ...unknown("a capability", when.capability, capabilities, [rule, "when", "capability"]),
      ...checkShape(when, registry, rule),
    ];
    return [...asked, ...found];
  });
}

function checkShape(
  { template, step }: NonNullable<RoutingRule["when"]>,
  registry: TemplateRegistry,
  rule: number,
): Finding[] {
  const all = registry.list();
  const names = [...new Set(all.map(({ name }) => name))];
  const isOne = all.some(({ name, version }) => `${name}@${version}` === template);
  const wrong = isOne ? [] : unknown("a template", template, names, [rule, "when", "template"]);
  if (wrong.length > 0) return wrong;
  const meant = all.filter(
    ({ name, version }) => template === undefined || template === name || template === `${name}@${version}`,
  );
  const steps = meant.flatMap((one) => one.steps.map(({ name }) => name));
  return unknown("a step", step, [...new Set(steps)], [rule, "when", "step"]);
}

/** Names listed in a diagnostic; the rest is counted. */
const LISTED = 24;

function unknown(what: string, name: string | undefined, names: readonly string[], at: RulePlace): Finding[] {
  if (name === undefined || names.includes(name)) return [];
  const known = names.filter((one) => one !== "*");
  const near = nearestName(name, known);
  const more = known.length - LISTED;
  const diagnostic: Diagnostic = {
    code: "ROUTE_RULE_UNKNOWN",
    severity: "error",
    message: `a routing rule names ${what} that does not exist`,
    expected: `one of ${known.slice(0, LISTED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    got: JSON.stringify(name),
    hint: near === undefined ? "correct the name, or remove the rule" : `did you mean "${near}"?`,
  };
  return [{ diagnostic, at }];
}
