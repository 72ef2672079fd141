import { z } from "zod";
import type { RunResult } from "../../run-result.ts";
import { anyJson, count, ms, named, share, texts } from "./answer-schemas.ts";

const Confidence = named(
  "Confidence",
  z.object({
    value: share,
    source: z.enum(["checked", "agreement", "declared", "draft"]),
    raw: share.optional().describe("What was said, where experience has corrected it to `value`."),
  }),
);

const Failure = named(
  "Failure",
  z.object({
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    hint: z.string().optional(),
    detail: z.record(z.string(), anyJson).optional(),
  }),
);

const TextSpan = named(
  "TextSpan",
  z.object({
    start: count,
    end: count,
    from: z.object({ path: z.string(), at: count }).nullable(),
    also: texts.optional(),
  }),
);

const Limits = z.object({ maxCostMicros: count.optional(), maxTokens: count.optional() });

const BudgetScope = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("run") }),
  z.object({ kind: z.literal("template"), template: z.string() }),
  z.object({ kind: z.literal("node"), path: z.string() }),
]);

/** Of whom a budget is and how high, as plans and results tell it. */
export const BUDGET = { scope: BudgetScope, limits: Limits } as const;

const Conflict = z.object({
  kind: z.enum(["artifact", "claim", "data"]),
  subject: z.string(),
  scope: z.string(),
  options: z.array(
    z.object({
      value: anyJson,
      paths: texts,
      confidence: z.number(),
      content: z.string().optional(),
    }),
  ),
  resolution: z.object({
    by: z.enum(["choice", "revision", "merge", "judge", "vote", "confidence", "order"]),
    value: anyJson,
    reason: z.string(),
  }),
});

const ResultLine = z.object({
  path: z.string(),
  status: z.enum(["succeeded", "degraded", "failed", "cancelled", "skipped"]),
  confidence: Confidence.nullable(),
  attempts: count,
  durationMs: ms,
  cached: z.boolean(),
  model: z.string().optional(),
  reused: z.enum(["call", "cache"]).optional(),
  decided: z.object({ by: z.string(), answer: z.string().optional() }).optional(),
  alternative: z.object({ index: count, agent: z.string(), performer: z.string() }).optional(),
  unsure: z
    .array(z.object({ alternative: count, model: z.string().optional(), confidence: share }))
    .optional()
    .describe("Answers that were not sure enough, for which another was asked."),
  failure: Failure.optional(),
});

/** What a run has come to. */
export const ResultAnswer = named(
  "RunResult",
  z.object({
    runId: z.string(),
    status: z.enum(["succeeded", "partial", "failed", "cancelled"]),
    output: z.string().describe("Markdown."),
    spans: z.array(TextSpan).describe("Where every character of the output comes from."),
    data: anyJson,
    artifacts: z.array(
      z.object({
        path: z.string(),
        content: z.string(),
        mediaType: z.string(),
        from: z.string(),
        spans: z.array(TextSpan).optional(),
      }),
    ),
    confidence: Confidence.nullable(),
    quality: z.object({
      value: share,
      coverage: share,
      validity: share,
      agreement: share.nullable(),
      confidence: share,
    }),
    conflicts: z.array(Conflict),
    agreements: z.array(
      z.object({ path: z.string(), agents: count, value: share, of: z.enum(["data", "text"]) }),
    ),
    ranking: texts,
    duplicates: z.record(z.string(), z.string()),
    parts: z.array(
      z.object({
        path: z.string(),
        title: z.string(),
        output: z.string(),
        confidence: Confidence.nullable(),
        from: texts,
      }),
    ),
    results: z.array(ResultLine),
    reasons: z.array(z.object({ path: z.string().nullable(), code: z.string(), message: z.string() })),
    usage: z.object({
      calls: count,
      inputTokens: count,
      outputTokens: count,
      costMicros: count,
      untold: z.object({ calls: count, tokens: count, costMicros: count }).optional(),
    }),
    budgets: z.array(z.object({ ...BUDGET, tokens: count, costMicros: count })).optional(),
    durationMs: ms,
    planHash: z.string(),
    policyHash: z.string().nullable(),
    board: z.record(z.string(), z.object({ value: anyJson, version: count, by: z.string() })).optional(),
  }) satisfies z.ZodType<RunResult>,
);
