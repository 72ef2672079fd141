import { z } from "zod";
import type { DeadLetter } from "../../../actors/dead-letters.ts";
import type { CacheStats } from "../../../engine/result-cache.ts";
import { count, ms, named, share } from "./answer-schemas.ts";
import { LoadSchema, ResourceSchema, RunLimits } from "./observe-answers.ts";

const AtWork = z.object({
  runId: z.string(),
  tenant: z.string(),
  by: z.string().nullable().describe("Who asked for it; null: nobody asked a server."),
  status: z
    .enum(["queued", "running", "suspended", "interrupted"])
    .describe("`interrupted`: nobody drives it now."),
  acceptedAtMs: ms,
  agents: count,
  pid: count.nullable().describe("The process that drives it."),
});

export const AtWorkAnswer = named(
  "RunsAtWork",
  z.object({
    draining: z.boolean(),
    load: LoadSchema,
    limits: RunLimits,
    runs: z.array(AtWork).describe("Those of all tenants that have not ended, the newest first."),
    total: count.describe("How many there are, whether they are listed or not."),
  }),
);

export const DrainAnswer = named("Draining", z.object({ draining: z.boolean(), load: LoadSchema }));

export const CacheAnswer = named(
  "Cache",
  z.object({
    entries: count,
    bytes: count,
    maxBytes: count,
    hits: count,
    misses: count,
    hitRate: share.nullable(),
    evictions: count,
    templates: z.array(z.object({ template: z.string(), hits: count, misses: count })),
  }) satisfies z.ZodType<CacheStats>,
);

export const ClearedAnswer = named("CacheCleared", z.object({ entries: count, bytes: count }));

export const ResetAnswer = named("BreakerReset", z.object({ resource: ResourceSchema }));

const Letter = z.object({
  type: z.string() as unknown as z.ZodType<DeadLetter["type"]>,
  reason: z.enum(["run.ended", "agent.unknown", "attempt.stale", "attempt.over", "decision.unasked"]),
  atMs: ms,
  path: z.string().optional(),
  attempt: count.optional(),
  id: z.string().optional(),
}) satisfies z.ZodType<DeadLetter>;

export const DeadLettersAnswer = named(
  "DeadLetters",
  z.object({ runId: z.string(), count, letters: z.array(Letter).describe("The newest, oldest first.") }),
);
