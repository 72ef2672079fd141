import { z } from "zod";
import type { ResourceStatus } from "../../../engine/resilience/guard.ts";
import type { AlertNotice } from "../../alerts/alert.ts";
import type { AnalyticsReport } from "../../analytics/analytics.ts";
import type { MachineLayout } from "../../diagram/machine-layout.ts";
import { count, ms, named, share } from "./answer-schemas.ts";

export const ResourceSchema = named(
  "Resource",
  z.object({
    resource: z.string(),
    breaker: z.enum(["closed", "open", "halfOpen"]).nullable().describe("Null: it has none."),
    openings: count,
    failuresInARow: count,
    atWork: count,
    waiting: count,
    calls: count,
    failed: count,
    retries: count,
    refused: z.object({ breaker: count, bulkhead: count, pace: count, retries: count }),
  }) satisfies z.ZodType<ResourceStatus>,
);

const figures = z.record(z.string(), z.union([z.number(), z.string()]));

const Alert = named(
  "Alert",
  z.object({
    id: z.string(),
    state: z.enum(["firing", "resolved"]),
    rule: z.string(),
    kind: z.enum(["failure_rate", "stuck_run", "breaker_open", "budget"]),
    subject: z.string(),
    text: z.string(),
    figures,
    sinceMs: ms,
    atMs: ms,
  }) satisfies z.ZodType<AlertNotice>,
);

export const LoadSchema = z.object({ queued: count, running: count, suspended: count });
export const RunLimits = z.object({ maxRunning: count, maxQueued: count });

export const OverviewAnswer = named(
  "Overview",
  z.object({
    nowMs: ms,
    load: LoadSchema,
    readers: count,
    limits: RunLimits,
    capacity: z.object({ agents: z.number(), cpu: z.number(), memoryMb: z.number() }),
    resources: z.array(ResourceSchema),
    alerts: z.array(Alert),
    cache: z.object({ entries: count, hits: count, misses: count }),
  }),
);

const rate = share.nullable();
const time = ms.nullable();

const WORK = {
  agents: count,
  cached: count,
  successRate: rate,
  meanMs: time,
  p95Ms: time,
  meanWaitMs: time,
  attempts: count,
  workedMs: ms,
  efficiency: rate,
  coreHours: z.number(),
  memoryGbHours: z.number(),
  calls: count,
  tokens: count,
  costMicros: count,
  failures: z.array(z.object({ code: z.string(), count })),
} as const;

export const AnalyticsAnswer = named(
  "Analytics",
  z.object({
    sinceMs: time,
    runs: z.object({
      ended: count,
      byStatus: z.record(z.string(), count),
      successRate: rate,
      meanMs: time,
      p95Ms: time,
      slotsUsed: z.number().nullable(),
      coresUsed: z.number().nullable(),
    }),
    unread: z.record(z.string(), count),
    work: z.object(WORK),
    templates: z.array(
      z.object({
        ...WORK,
        template: z.string(),
        commands: z.object({ ended: count, successRate: rate, meanMs: time, p95Ms: time }),
      }),
    ),
    agents: z.array(z.object({ ...WORK, agent: z.string(), performer: z.string() })),
    answers: z.array(
      z.object({
        source: z.enum(["declared", "draft"]),
        agent: z.string(),
        performer: z.string(),
        model: z.string().optional(),
        checked: count,
        said: z.number(),
        told: z.number(),
        right: z.number(),
        brierSaid: z.number(),
        brierTold: z.number(),
      }),
    ),
    recommendations: z.array(z.object({ rule: z.string(), about: z.string(), text: z.string(), figures })),
  }) satisfies z.ZodType<AnalyticsReport>,
);

const Layout = z.object({
  name: z.string(),
  width: z.number(),
  height: z.number(),
  states: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      initial: z.boolean(),
      x: z.number(),
      y: z.number(),
      width: z.number(),
      height: z.number(),
    }),
  ),
  edges: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      labels: z.array(z.string()),
      line: z.string().describe("SVG path data; the arrow's head apart."),
      head: z.string(),
    }),
  ),
}) satisfies z.ZodType<MachineLayout>;

export const MachinesAnswer = named("Machines", z.object({ machines: z.array(Layout) }));
