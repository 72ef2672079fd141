import type { Context, Span, Tracer } from "@opentelemetry/api";
import type { RunEvent } from "../../actors/run-events.ts";
import type { Failure } from "../../plan/outcome.ts";
import type { Secrets } from "../../shared/secrets.ts";
import { agentLabels } from "../plan-labels.ts";
import type { ObservedRun, RunObserver } from "../run-observer.ts";

type Api = typeof import("@opentelemetry/api");

export type TracingOptions = {
  readonly api: Api;
  readonly version: string;
  readonly secrets: Pick<Secrets, "text">;
};

/** What the API keeps for all copies of itself in a process: whoever has set up tracing is found there. */
const REGISTRY = Symbol.for("opentelemetry.js.api.1");

/** Whether somebody has set up tracing in this process; asking loads nothing. */
export function isTraced(): boolean {
  const registry = (globalThis as { [REGISTRY]?: { readonly trace?: unknown } })[REGISTRY];
  return registry?.trace !== undefined;
}

/** `alternative`: which of a step's alternatives the agent is at, from 1; 0: its own work. */
type Open = { readonly span: Span; readonly context: Context; call: Span | null; alternative: number };

/**
 * Purpose: tell OpenTelemetry of runs, agents and model calls, by the names of its GenAI conventions.
 * Owns: the spans that are open. Does not own: tracing itself, which whoever embeds us sets up, or nobody.
 * Invariants:
 * T1 every span that begins ends, with its run at the latest, however that is left.
 * T2 an agent's span is within its run's, a model call's within its agent's, a run's within what was active when it began.
 * T3 nothing that agents were given or made is in a span, and no secret.
 */
export class Tracing implements RunObserver {
  readonly #options: TracingOptions;
  readonly #tracer: Tracer;

  constructor(options: TracingOptions) {
    this.#options = options;
    this.#tracer = options.api.trace.getTracer("abyssal-runtime", options.version);
  }

  watch({ runId, plan, past, events$, ended }: ObservedRun): void {
    const { api } = this.#options;
    const run = this.#begin("invoke_workflow abyssal", api.context.active(), past.at(-1)?.atMs, {
      "gen_ai.operation.name": "invoke_workflow",
      "abyssal.run.id": runId,
      "abyssal.plan.hash": plan.hash,
      "abyssal.run.resumed": past.length > 0,
    });
    const labelsOf = agentLabels(plan);
    const agents = new Map<string, Open>();
    events$.subscribe((event) => {
      if (event.type === "run.ended") {
        run.span.setAttribute("abyssal.run.status", event.status);
        if (event.status === "failed") run.span.setStatus({ code: api.SpanStatusCode.ERROR });
      } else if ("path" in event) this.#note(event, run, agents, labelsOf);
    });
    const leave = (atMs?: number): void => {
      for (const { call, span } of agents.values()) {
        call?.end(atMs);
        span.end(atMs);
      }
      agents.clear();
      run.span.end(atMs);
    };
    ended.then(({ endedAtMs }) => leave(endedAtMs)).catch(() => leave());
  }

  close(): void {}

  #note(
    event: Extract<RunEvent, { readonly path: string }>,
    run: Open,
    agents: Map<string, Open>,
    labelsOf: ReturnType<typeof agentLabels>,
  ): void {
    const { path, atMs } = event;
    if (event.type === "agent.running") {
      const agent = agents.get(path) ?? this.#beginAgent(path, labelsOf(path), run, atMs);
      agents.set(path, agent);
      const { performer, model } = labelsOf(path, agent.alternative);
      if (performer === "model") agent.call = this.#beginCall(agent, model, event.attempt, atMs);
      return;
    }
    const agent = agents.get(path);
    if (!agent) return;
    if (event.type === "agent.ready" && event.instead) agent.alternative = event.instead.alternative;
    const failure = "failure" in event ? event.failure : null;
    if (agent.call && event.type !== "board.changed" && event.type !== "agent.stopping") {
      if (failure) this.#fail(agent.call, failure);
      agent.call.end(atMs);
      agent.call = null;
    }
    if (event.type !== "agent.ended") return;
    agents.delete(path);
    agent.span.setAttribute("abyssal.agent.status", event.status);
    if (event.usage) {
      agent.span.setAttribute("gen_ai.usage.input_tokens", event.usage.inputTokens);
      agent.span.setAttribute("gen_ai.usage.output_tokens", event.usage.outputTokens);
    }
    if (failure && event.status === "failed") this.#fail(agent.span, failure);
    agent.span.end(atMs);
  }

  #beginAgent(
    path: string,
    labels: ReturnType<ReturnType<typeof agentLabels>>,
    run: Open,
    atMs: number,
  ): Open {
    const { agent, performer, template } = labels;
    return this.#begin(`invoke_agent ${agent}`, run.context, atMs, {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": agent,
      "gen_ai.agent.id": path,
      "abyssal.performer": performer,
      "abyssal.template": template,
    });
  }

  /** One for each attempt: a step with tools or a repair may ask several times within it. */
  #beginCall(agent: Open, model: string | undefined, attempt: number, atMs: number): Span {
    const [provider = "unknown", ...rest] = (model ?? "unknown/unknown").split("/");
    const name = rest.join("/");
    return this.#begin(`chat ${name}`, agent.context, atMs, {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": provider,
      "gen_ai.request.model": name,
      "abyssal.attempt": attempt,
    }).span;
  }

  #begin(
    name: string,
    parent: Context,
    startTime: number | undefined,
    attributes: Record<string, string | number | boolean>,
  ): Open {
    const { trace } = this.#options.api;
    const span = this.#tracer.startSpan(
      name,
      { attributes, ...(startTime === undefined ? {} : { startTime }) },
      parent,
    );
    return { span, context: trace.setSpan(parent, span), call: null, alternative: 0 };
  }

  #fail(span: Span, { code, message }: Failure): void {
    const { api, secrets } = this.#options;
    span.setAttribute("error.type", secrets.text(code));
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: secrets.text(message) });
  }
}
