import { z } from "zod";
import { ConfigFile } from "../../config/schema.ts";
import type { AuditCheck, StoredAudit } from "../audit/audit-chain.ts";
import { anyJson, count, ms, named, texts } from "./answer-schemas.ts";

const Settings = named("Configuration", ConfigFile);

const STANDING = {
  config: Settings.describe("What is in force."),
  changed: z.record(z.string(), anyJson).describe("What was changed by hand."),
  pending: texts.describe("Settings that hold from the next start on, as `section.setting`."),
} as const;

export const ConfigAnswer = named("ConfigurationStanding", z.object(STANDING));

export const RenewedAnswer = named(
  "ConfigurationRenewed",
  z.object({ ...STANDING, applied: texts.describe("Settings that were changed and hold from now on.") }),
);

const Entry = z.object({
  seq: count,
  phase: z.enum(["asked", "answered", "refused"]),
  atMs: ms,
  correlationId: z.string(),
  tenant: z.string().nullable(),
  subject: z.string().nullable(),
  role: z.string().nullable(),
  action: z.string(),
  target: z.string().nullable(),
  status: z.number().int().nullable(),
  hash: z.string(),
}) satisfies z.ZodType<StoredAudit>;

export const AuditAnswer = named(
  "AuditEntries",
  z.object({ entries: z.array(Entry), next: count.nullable() }),
);

export const AuditCheckAnswer = named(
  "AuditCheck",
  z.object({
    entries: count,
    head: z.string(),
    problem: z.string().nullable(),
  }) satisfies z.ZodType<AuditCheck>,
);

export const AliveAnswer = named("Alive", z.object({ status: z.literal("alive") }));

export const ReadyAnswer = named(
  "Readiness",
  z.object({ status: z.enum(["ready", "notReady"]), reasons: texts, queued: count, running: count }),
);

export const DescriptionAnswer = named("OpenApi", z.record(z.string(), anyJson));
