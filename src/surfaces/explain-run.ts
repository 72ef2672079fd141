import { ROOT_PATH } from "../actors/plan-index.ts";
import type { DurableEngine } from "../engine/durable-engine.ts";
import { explainNode, explainRun } from "../engine/explain/explain.ts";
import type { Explanation } from "../engine/explain/explanation.ts";
import { RunHistory, type Seen } from "../engine/explain/run-history.ts";
import { unknownNode } from "./unknown-node.ts";

/**
 * Why a recorded run is where it is, or one of its nodes: derived from its records alone, wherever it is driven.
 * Throws AbyssalError RUN_UNKNOWN, RUN_NODE_UNKNOWN, JOURNAL_*.
 */
export function explainRecorded(engine: DurableEngine, runId: string, path?: string): Explanation {
  const history = recordedHistory(engine, runId);
  if (path === undefined) return explainRun(history);
  if (path === ROOT_PATH || !history.index.has(path)) {
    const paths = history.index.under(ROOT_PATH).filter((known) => known !== ROOT_PATH);
    throw unknownNode(runId, path, paths);
  }
  return explainNode(history, path);
}

/** A run as its records tell it so far, node by node. Throws AbyssalError RUN_UNKNOWN, JOURNAL_*. */
export function recordedHistory(engine: DurableEngine, runId: string): RunHistory {
  const seen: Seen[] = [];
  const { run, accepted, facts, ended } = engine.follow(runId, (event, seq) => seen.push({ event, seq }));
  const standing = engine.summary(runId)?.status ?? "interrupted";
  return new RunHistory({
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
}
