import type { Fact } from "../../src/actors/ports.ts";
import { Run } from "../../src/actors/run.ts";
import { explainNode, explainRun } from "../../src/engine/explain/explain.ts";
import type {
  AgentExplanation,
  Cause,
  GroupExplanation,
  Link,
  RunExplanation,
  Stretch,
} from "../../src/engine/explain/explanation.ts";
import { RunHistory, type Seen } from "../../src/engine/explain/run-history.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { HandDrivenRun } from "./hand-driven-run.ts";
import { RecordingEffects } from "./recording-effects.ts";

const TIMEOUT_MS = 3_600_000;

/** The history that facts give, as the records of a durable run would. */
export function historyOf(plan: Plan, facts: readonly Fact[]): RunHistory {
  const run = new Run(plan, new RecordingEffects(), { runId: "r_1", timeoutMs: TIMEOUT_MS });
  const seen: Seen[] = [];
  let seq = 0;
  run.events$.subscribe((event) => seen.push({ event, seq }));
  for (const fact of facts) {
    seq++;
    run.apply(fact);
  }
  const end = run.status === null ? null : facts.at(-1)!.atMs;
  return new RunHistory({
    runId: "r_1",
    plan,
    timeoutMs: TIMEOUT_MS,
    acceptedAtMs: 0,
    policyHash: null,
    facts,
    seen,
    stopped: run.stopped,
    status: run.status ?? (run.state === "suspended" ? "suspended" : "running"),
    endedAtMs: end,
  });
}

export function agentOf(history: RunHistory, path: string): AgentExplanation {
  const explanation = explainNode(history, path);
  if (explanation.kind !== "agent") throw new Error(`${path} is no agent`);
  return explanation;
}

export function groupOf(history: RunHistory, path: string): GroupExplanation {
  const explanation = explainNode(history, path);
  if (explanation.kind !== "group") throw new Error(`${path} is no group`);
  return explanation;
}

export function runOf(history: RunHistory): RunExplanation {
  return explainRun(history);
}

/** A link in a few words: what it is and the record behind it. */
export function inShort(link: Link): string {
  switch (link.kind) {
    case "need":
      return `${link.of} needs ${link.need}: ${link.status}${link.satisfied ? "" : " (unsatisfied)"} @${link.at?.seq}`;
    case "asked":
      return `asked @${link.at.seq}`;
    case "decided":
      return `${link.approved ? "approved" : "refused"} by ${link.by} @${link.at.seq}`;
    case "ready":
      return `ready${link.after === "needs" ? "" : ` after ${link.after}`} @${link.at.seq}`;
    case "queued":
      return `queued @${link.from.seq}-${link.to?.seq}, ${link.short.join("+")} held by ${link.holders.join("+")}, freed by ${link.freedBy}`;
    case "attempt":
      return `attempt ${link.attempt} @${link.from.seq}-${link.to?.seq} ${link.end.kind}`;
    case "backedOff":
      return `backed off @${link.at.seq}`;
    case "stopping":
      return `stopping after ${link.after} @${link.at.seq}`;
    case "held":
      return `held @${link.at.seq}`;
    case "ended":
      return `${link.status}: ${link.reason.kind} @${link.at.seq}`;
  }
}

/** `a failure @3 via c > b > a`. */
export function causeInShort({ path, reason, at, via }: Cause): string {
  return `${path} ${reason.kind} @${at.seq} via ${via.join(" > ")}`;
}

export function causesOf(history: RunHistory, path: string): readonly string[] {
  const explain = history.node(path).kind === "agent" ? agentOf : groupOf;
  return explain(history, path).causes.map(causeInShort);
}

/** `need: b work 1 2s-5s`. */
export function stretchInShort({ path, kind, attempt, via, fromMs, toMs }: Stretch): string {
  const to = toMs === null ? "" : `${toMs / 1_000}s`;
  return `${via}: ${path ?? "-"} ${kind} ${attempt} ${fromMs / 1_000}s-${to}`;
}

/** The history of a run that a test drives by hand, once it has started: record `n` stands at `n` seconds. */
export function runOn(made: Plan, drive: (run: HandDrivenRun) => HandDrivenRun): RunHistory {
  return historyOf(made, drive(new HandDrivenRun(made).start()).facts);
}

export function linksOf(history: RunHistory, path: string): readonly string[] {
  return agentOf(history, path).links.map(inShort);
}
