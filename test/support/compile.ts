import { parseProgram } from "../../src/dsl/parse-program.ts";
import { type Compiled, compilePlan } from "../../src/plan/compile-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { PlanSettings } from "../../src/plan/plan-builder.ts";
import type { Diagnostic } from "../../src/shared/diagnostic.ts";
import type { Result } from "../../src/shared/result.ts";
import { loadAgentKind, loadTemplate } from "../../src/templates/load-template.ts";
import { TemplateRegistry } from "../../src/templates/registry.ts";

export const SETTINGS: PlanSettings = {
  capacity: { agents: 20, cpu: 8, memoryMb: 8192 },
  maxDepth: 6,
  forkThreshold: 3,
  performers: ["draft", "function", "command"],
  modelPerformers: ["model"],
  runTimeoutMs: 1_800_000,
};

/** A registry of templates given as text; every kind of agent that they name drafts. */
export function registryOf(
  templates: readonly string[],
  kinds: readonly string[] = ["worker", "orchestrator"],
): TemplateRegistry {
  const registry = TemplateRegistry.create(
    templates.map((text, index) => unwrap(loadTemplate(text, `template-${index}.yaml`))),
    kinds.map((name) => unwrap(loadAgentKind(agentKind(name), `${name}.yaml`))),
  );
  return unwrap(registry);
}

function agentKind(name: string): string {
  return `name: ${name}\ndescription: d\ncapabilities: [c]\nsystem: s\nperformers: [draft]\n`;
}

export function compile(
  text: string,
  registry: TemplateRegistry,
  settings: Partial<PlanSettings> = {},
): Result<Compiled, Diagnostic[]> {
  const { program, diagnostics } = parseProgram(text);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`the program of the test does not parse: ${JSON.stringify(errors)}`);
  return compilePlan(program, text, registry, { ...SETTINGS, ...settings });
}

export function planOf(text: string, registry: TemplateRegistry, settings: Partial<PlanSettings> = {}): Plan {
  return unwrap(compile(text, registry, settings)).plan;
}

/** The codes of what is wrong with a program. */
export function codesOf(
  text: string,
  registry: TemplateRegistry,
  settings: Partial<PlanSettings> = {},
): readonly string[] {
  const compiled = compile(text, registry, settings);
  return compiled.ok
    ? []
    : compiled.error.filter(({ severity }) => severity === "error").map(({ code }) => code);
}

export function unwrap<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 2));
  return result.value;
}
