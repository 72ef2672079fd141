import type { BoardEntry } from "../actors/blackboard.ts";
import type { Agreement, Answer, AnswerPart, Conflict, Quality } from "../actors/synthesis/answer.ts";
import type { RunEnd } from "../engine/engine.ts";
import type { RunStatus } from "../machines/orchestrator.ts";
import type { BudgetStatus } from "../plan/budget.ts";
import {
  type AgentResult,
  addUsage,
  type Confidence,
  type Failure,
  NO_USAGE,
  type NodeStatus,
  type Usage,
} from "../plan/outcome.ts";
import type { Json } from "../shared/json.ts";

/** How one agent of the plan ended. */
export type ResultLine = {
  readonly path: string;
  readonly status: NodeStatus;
  readonly confidence: Confidence | null;
  readonly attempts: number;
  readonly durationMs: number;
  readonly cached: boolean;
  /** The model that was asked, as `provider/model`; absent: none. */
  readonly model?: string;
  /** As of provenance: the model was not asked for this one. */
  readonly reused?: AgentResult["provenance"]["reused"];
  /** The person who let it run, or who answered; with what was said. */
  readonly decided?: AgentResult["provenance"]["decided"];
  /** Which of the step's alternatives did the work, from 1, and who that is; `failure` says why it was needed. */
  readonly alternative?: { readonly index: number; readonly agent: string; readonly performer: string };
  /** Answers that were not sure enough, for which another was asked; of a degraded result the last of them may be it. */
  readonly unsure?: AgentResult["provenance"]["unsure"];
  readonly failure?: Failure;
};

/** The result of a run as scripts read it: plain JSON. */
export type RunResult = {
  readonly runId: string;
  readonly status: RunStatus;
  /** Markdown. */
  readonly output: string;
  /** Where every character of the output comes from. */
  readonly spans: Answer["spans"];
  readonly data: Json;
  readonly artifacts: Answer["artifacts"];
  readonly confidence: Confidence | null;
  readonly quality: Quality;
  readonly conflicts: readonly Conflict[];
  /** How far agents on the same work agree. */
  readonly agreements: readonly Agreement[];
  /** Paths of the results that ended well, the surest first; repeated ones once. */
  readonly ranking: readonly string[];
  /** Results that said the same as another: path -> the one that was kept. */
  readonly duplicates: Answer["duplicates"];
  /** The answer's parts with the agents that each rests on. */
  readonly parts: readonly AnswerPart[];
  readonly results: readonly ResultLine[];
  /** Why the run is not `succeeded`: what stopped it, and the agents that did not end well. */
  readonly reasons: readonly {
    readonly path: string | null;
    readonly code: string;
    readonly message: string;
  }[];
  readonly usage: Usage;
  /** Its budgets, and what was spent of each; absent when it had none. */
  readonly budgets?: readonly BudgetStatus[];
  readonly durationMs: number;
  readonly planHash: string;
  /** Of the policy that the run was started under; null when there was none. */
  readonly policyHash: string | null;
  /** What stood on the blackboard in the end; absent when nothing did. */
  readonly board?: Readonly<Record<string, BoardEntry>>;
};

const NO_QUALITY: Quality = { value: 0, coverage: 0, validity: 0, agreement: null, confidence: 0 };

export function toRunResult(end: RunEnd): RunResult {
  const { answer, stopped } = end;
  const results = answer?.results ?? [];
  const stop = stopped ? [{ path: null, code: stopped.code, message: stopped.message }] : [];
  const failures = results.flatMap(({ path, status, failure }) =>
    failure && status !== "degraded" ? [{ path, code: failure.code, message: failure.message }] : [],
  );
  return {
    runId: end.runId,
    status: end.status,
    output: answer?.output ?? "",
    spans: answer?.spans ?? [],
    data: answer?.data ?? null,
    artifacts: answer?.artifacts ?? [],
    confidence: answer?.confidence ?? null,
    quality: answer?.quality ?? NO_QUALITY,
    conflicts: answer?.conflicts ?? [],
    agreements: answer?.agreements ?? [],
    ranking: answer?.ranking ?? [],
    duplicates: answer?.duplicates ?? {},
    parts: answer?.parts ?? [],
    results: results.map(
      ({ path, status, confidence, attempts, durationMs, cached, failure, provenance }) => ({
        path,
        status,
        confidence,
        attempts,
        durationMs,
        cached,
        ...(provenance.model === undefined ? {} : { model: provenance.model }),
        ...(provenance.reused ? { reused: provenance.reused } : {}),
        ...(provenance.decided ? { decided: provenance.decided } : {}),
        ...doneInstead(provenance),
        ...(provenance.unsure ? { unsure: provenance.unsure } : {}),
        ...(failure ? { failure } : {}),
      }),
    ),
    reasons: [...stop, ...failures],
    usage: results.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
    ...(end.budgets.length > 0 ? { budgets: end.budgets } : {}),
    durationMs: end.endedAtMs - end.startedAtMs,
    planHash: end.plan.hash,
    policyHash: end.policyHash,
    ...(Object.keys(end.board).length > 0 ? { board: end.board } : {}),
  };
}

function doneInstead({
  alternative: index,
  agent,
  performer,
}: AgentResult["provenance"]): Pick<ResultLine, "alternative"> {
  return index === undefined ? {} : { alternative: { index, agent, performer } };
}
