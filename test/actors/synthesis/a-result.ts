import { type AgentResult, NO_USAGE } from "../../../src/plan/outcome.ts";

/** A succeeded result that says `output of PATH` with a declared confidence of 0.5, unless told otherwise. */
export function aResult(path: string, more: Partial<AgentResult> = {}): AgentResult {
  return {
    path,
    status: "succeeded",
    output: `output of ${path}`,
    data: null,
    artifacts: [],
    claims: [],
    confidence: { value: 0.5, source: "declared" },
    usage: NO_USAGE,
    attempts: 1,
    durationMs: 0,
    cached: false,
    provenance: { template: null, step: null, agent: "worker", performer: "scripted", from: [] },
    ...more,
  };
}

/** A text file. */
export function textFile(path: string, content: string) {
  return { path, content, mediaType: "text/plain" };
}
