import { definedOnly } from "../shared/defined-only.ts";
import { hashJson } from "../shared/hash.ts";
import type { Json, JsonObject } from "../shared/json.ts";
import { parseMemoryMb, parseSpanMs } from "../shared/quantity.ts";
import { JUDGE, judgeStep } from "./judge-step.ts";
import { needsWithPhases, phaseOf } from "./phases.ts";
import type {
  AlternativeFile,
  BudgetFile,
  ResourcesFile,
  RetryFile,
  StepFile,
  SupervisionFile,
  SynthesisFile,
} from "./step-schema.ts";
import {
  type AskDefault,
  type AskTerms,
  type BudgetLimits,
  HUMAN,
  type MergeRule,
  type Parameter,
  type Resources,
  type RetryPolicy,
  type Step,
  type StepAlternative,
  type StepWork,
  type SupervisionPolicy,
  type SynthesisMode,
  type SynthesisTerms,
  type Template,
} from "./template.ts";
import type { BlackboardFile, ParameterFile, TemplateFile } from "./template-schema.ts";

/** What holds when neither the step nor the template's `defaults` say otherwise. */
const DEFAULTS = {
  resources: { cpu: 1, memoryMb: 256 },
  durationMs: 30_000,
  timeoutMs: 300_000,
  retry: { attempts: 1, backoff: "exponential", delayMs: 500, maxDelayMs: 30_000 },
  synthesis: { threshold: 0.8 },
  supervision: { strategy: "one_for_one", restartsMax: 3, withinMs: 300_000, graceMs: 5_000 },
  runAgent: "orchestrator",
  merge: "last_writer",
} as const;

/** A checked template file with every default and unit resolved. */
export function resolveTemplate(file: TemplateFile, source: string): Template {
  const { threshold: declared, answer, ...terms } = file.synthesis ?? {};
  const threshold = declared ?? DEFAULTS.synthesis.threshold;
  const needs = needsWithPhases(file);
  const synthesis = {
    ...synthesisOf(terms, "aggregate", file.defaults, threshold),
    threshold,
    ...definedOnly({ answer }),
  };
  const content = {
    name: file.name,
    version: file.version,
    description: file.description,
    category: file.category,
    parameters: parametersInOrder(file.parameters ?? {}),
    steps: Object.entries(file.steps).map(([name, step]) => {
      const phase = phaseOf(name, file.phases);
      const resolved = resolveStep(name, step, file.defaults, threshold);
      return phase === undefined ? resolved : { ...resolved, needs: needs.get(name)!, phase };
    }),
    synthesis,
    ...(file.supervision ? { supervision: supervisionOf(file.supervision) } : {}),
    ...(file.budget ? { budget: budgetOf(file.budget) } : {}),
    ...(file.blackboard ? { blackboard: rulesOf(file.blackboard) } : {}),
  };
  return { ...content, hash: hashJson(content), source };
}

function parametersInOrder(parameters: Readonly<Record<string, ParameterFile>>): Parameter[] {
  const order = (parameter: Parameter): number => parameter.position ?? Number.POSITIVE_INFINITY;
  return Object.entries(parameters)
    .map(([name, { or_span, required, ...rest }]) => ({
      name,
      ...(definedOnly(rest) as Omit<Parameter, "name" | "orSpan" | "required">),
      orSpan: or_span ?? false,
      required: required ?? false,
    }))
    .sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)));
}

function resolveStep(
  name: string,
  step: StepFile,
  defaults: TemplateFile["defaults"],
  threshold: number,
): Step {
  const [loop] = Object.entries(step.forEach ?? {});
  return {
    name,
    work: workOf(step),
    ...definedOnly({ model: step.model }),
    needs: [...new Set(step.needs ?? [])],
    ...definedOnly({ when: step.when }),
    ...(loop ? { forEach: { variable: loop[0], items: loop[1] as Json } } : {}),
    parallelism: step.parallelism ?? 1,
    ...(step.synthesis
      ? { synthesis: synthesisOf(step.synthesis, loop ? "aggregate" : "best", defaults, threshold) }
      : {}),
    ...definedOnly({ minConfidence: step.min_confidence }),
    ...fallbackOf(step, defaults),
    approve: step.approve !== undefined && step.approve !== false,
    ...askOf(step),
    resources: resourcesOf(defaults?.resources, step.resources),
    durationMs: spanOr(step.duration ?? defaults?.duration, DEFAULTS.durationMs),
    timeoutMs: spanOr(step.timeout ?? defaults?.timeout, DEFAULTS.timeoutMs),
    retry: retryOf(defaults?.retry, step.retry),
    cache: step.cache ?? step.run === undefined,
    ...(step.output ? { output: step.output as JsonObject } : {}),
    ...toolsOf(step),
    capabilities: step.capabilities ?? [],
    priority: step.priority ?? 0,
    successThreshold: step.success_threshold ?? threshold,
    ...(step.supervision ? { supervision: supervisionOf(step.supervision) } : {}),
    ...(step.budget ? { budget: budgetOf(step.budget) } : {}),
    ...(step.publish ? { publish: step.publish as JsonObject } : {}),
  };
}

function synthesisOf(
  { mode, resolve, judge }: SynthesisFile,
  usual: SynthesisMode,
  defaults: TemplateFile["defaults"],
  threshold: number,
): SynthesisTerms {
  return {
    mode: mode ?? usual,
    ...(resolve === undefined ? {} : { resolve: [resolve].flat() }),
    ...(judge ? { judge: resolveStep(JUDGE, judgeStep(judge), defaults, threshold) } : {}),
  };
}

function budgetOf({ max_cost_usd: usd, max_tokens: maxTokens }: BudgetFile): BudgetLimits {
  return definedOnly({
    maxCostMicros: usd === undefined ? undefined : Math.round(usd * 1_000_000),
    maxTokens,
  });
}

function toolsOf({ tools, autonomy, tool_approval }: StepFile): Pick<Step, "tools"> {
  if (tools === undefined && autonomy === undefined && tool_approval === undefined) return {};
  const deadline = tool_approval && {
    withinMs: spanOr(tool_approval.within, 0),
    default: tool_approval.default,
  };
  return { tools: definedOnly({ use: tools, autonomy, deadline }) };
}

function workOf(step: StepFile): StepWork {
  if (step.template !== undefined) {
    return {
      kind: "template",
      template: step.template,
      ...definedOnly({ version: step.version }),
      with: (step.with ?? {}) as JsonObject,
    };
  }
  if (step.run !== undefined) {
    const { performer, ...own } = step.run;
    // What a person is asked stands in the step: nothing else is done with it.
    const options = performer === HUMAN ? {} : (own as JsonObject);
    return { kind: "run", performer, options, agent: step.agent ?? DEFAULTS.runAgent };
  }
  return { kind: "agent", agent: step.agent!, ...definedOnly({ prompt: step.prompt }) };
}

/** What stands in for a step that has failed for good: other work in order, then a constant. */
function fallbackOf(
  step: StepFile,
  defaults: TemplateFile["defaults"],
): Pick<Step, "alternatives" | "fallback"> {
  const list = Array.isArray(step.fallback) ? step.fallback : step.fallback ? [step.fallback] : [];
  const last = list.at(-1);
  const works = list.filter(({ output }) => output === undefined) as readonly AlternativeFile[];
  return {
    ...(works.length > 0 ? { alternatives: works.map((one) => alternativeOf(one, step, defaults)) } : {}),
    ...(last?.output === undefined
      ? {}
      : { fallback: definedOnly({ output: last.output, data: last.data as Json }) }),
  };
}

function alternativeOf(
  { agent, performer, model, prompt, run, timeout, retry }: AlternativeFile,
  step: StepFile,
  defaults: TemplateFile["defaults"],
): StepAlternative {
  const own = { agent: agent ?? step.agent, ...definedOnly({ prompt: prompt ?? step.prompt }) };
  const isSameRun = step.run !== undefined && agent === undefined;
  const work = run
    ? workOf({ run, ...definedOnly({ agent }) })
    : workOf(isSameRun ? { ...own, run: { ...step.run, performer: performer! } } : own);
  return {
    work: work as StepAlternative["work"],
    ...(work.kind === "agent" ? definedOnly({ performer, model }) : {}),
    timeoutMs: spanOr(timeout ?? step.timeout ?? defaults?.timeout, DEFAULTS.timeoutMs),
    retry: retryOf(defaults?.retry, step.retry, retry),
  };
}

/** How a person is asked, for approval or for an answer; nothing where nobody is, or as usual. */
function askOf({ approve, run }: StepFile): { readonly ask?: AskTerms } {
  const asked = run?.performer === HUMAN ? run : typeof approve === "object" ? approve : null;
  if (!asked) return {};
  const { question, choices, within, default: otherwise } = asked as AskFile;
  const deadline =
    within === undefined ? undefined : { withinMs: parseSpanMs(within)!, default: otherwise as AskDefault };
  return { ask: definedOnly({ question, choices, deadline }) };
}

type AskFile = {
  readonly question?: string;
  readonly choices?: Json;
  readonly within?: string;
  readonly default?: unknown;
};

function resourcesOf(...layers: (ResourcesFile | undefined)[]): Resources {
  const resolved: Record<string, number> = { ...DEFAULTS.resources };
  for (const { memory, ...named } of layers.map((layer) => layer ?? {})) {
    Object.assign(resolved, definedOnly(named));
    if (memory !== undefined)
      resolved.memoryMb = typeof memory === "number" ? memory : parseMemoryMb(memory)!;
  }
  return resolved as Resources;
}

function retryOf(...layers: (RetryFile | undefined)[]): RetryPolicy {
  let resolved: RetryPolicy = DEFAULTS.retry;
  for (const layer of layers) {
    resolved = {
      attempts: layer?.attempts ?? resolved.attempts,
      backoff: layer?.backoff ?? resolved.backoff,
      delayMs: spanOr(layer?.delay, resolved.delayMs),
      maxDelayMs: spanOr(layer?.max_delay, resolved.maxDelayMs),
    };
  }
  return resolved;
}

function supervisionOf({ strategy, restarts, grace }: SupervisionFile): SupervisionPolicy {
  const { supervision } = DEFAULTS;
  return {
    strategy: strategy ?? supervision.strategy,
    restartsMax: restarts?.max ?? supervision.restartsMax,
    withinMs: spanOr(restarts?.within, supervision.withinMs),
    graceMs: spanOr(grace, supervision.graceMs),
  };
}

function rulesOf(blackboard: BlackboardFile): Record<string, MergeRule> {
  return Object.fromEntries(
    Object.entries(blackboard).map(([key, { merge }]) => [key, merge ?? DEFAULTS.merge]),
  );
}

function spanOr(text: string | undefined, otherwiseMs: number): number {
  return text === undefined ? otherwiseMs : parseSpanMs(text)!;
}
