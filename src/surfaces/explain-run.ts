import { ROOT_PATH } from "../actors/plan-index.ts";
import type { DurableEngine } from "../engine/durable-engine.ts";
import { explainNode, explainRun } from "../engine/explain/explain.ts";
import type { Explanation } from "../engine/explain/explanation.ts";
import { RunHistory, type Seen } from "../engine/explain/run-history.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { nearestName } from "../shared/nearest-name.ts";

/**
 * Why a recorded run is where it is, or one of its nodes: derived from its records alone, wherever it is driven.
 * Throws AbyssalError RUN_UNKNOWN, RUN_NODE_UNKNOWN, JOURNAL_*.
 */
export function explainRecorded(engine: DurableEngine, runId: string, path?: string): Explanation {
  const seen: Seen[] = [];
  const { run, accepted, facts, ended } = engine.follow(runId, (event, seq) => seen.push({ event, seq }));
  const standing = engine.list().find((summary) => summary.runId === runId)?.status ?? "interrupted";
  const history = new RunHistory({
    runId,
    plan: accepted.plan,
    timeoutMs: accepted.timeoutMs,
    acceptedAtMs: accepted.atMs,
    policyHash: accepted.policyHash ?? null,
    facts,
    seen,
    stopped: run.stopped,
    // What people are waited for, the records say, whoever drives it.
    status: ended?.status ?? (run.state === "suspended" ? "suspended" : standing),
    endedAtMs: ended?.atMs ?? null,
  });
  if (path === undefined) return explainRun(history);
  if (path === ROOT_PATH || !history.index.has(path)) throw new AbyssalError([unknownNode(history, path)]);
  return explainNode(history, path);
}

function unknownNode(history: RunHistory, path: string): Diagnostic {
  const paths = history.index.under(ROOT_PATH).filter((known) => known !== ROOT_PATH);
  const near = nearestName(path, paths) ?? paths.find((known) => known.endsWith(`/${path}`));
  return {
    code: "RUN_NODE_UNKNOWN",
    severity: "error",
    place: history.recorded.runId,
    message: "the run has no such node",
    expected: `the path of one of its ${paths.length} nodes`,
    got: JSON.stringify(path),
    hint: near === undefined ? "abyssal plan shows the paths" : `did you mean "${near}"?`,
  };
}
