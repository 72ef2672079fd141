import { z } from "zod";
import type { Diagnostic } from "../../../shared/diagnostic.ts";
import type { Problem } from "../problem.ts";
import { count, named } from "./answer-schemas.ts";

const Place = z.object({ offset: count, line: count, column: count });

const Stretch = named("Span", z.object({ source: z.string(), start: Place, end: Place }));

export const DiagnosticAnswer = named(
  "Diagnostic",
  z.object({
    code: z.string().describe("Stable; docs/reference/diagnostics.md tells all of them."),
    severity: z.enum(["error", "warning"]),
    message: z.string(),
    span: Stretch.optional(),
    place: z.string().optional(),
    expected: z.string().optional(),
    got: z.string().optional(),
    hint: z.string().optional(),
    related: z.array(z.object({ message: z.string(), span: Stretch.optional() })).optional(),
  }) satisfies z.ZodType<Diagnostic>,
);

/** What a refusal is answered with (RFC 9457). */
export const ProblemAnswer = named(
  "Problem",
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string().describe("Stable; that of the first diagnostic, where there are any."),
    detail: z.string().optional(),
    diagnostics: z.array(DiagnosticAnswer).optional(),
    correlationId: z.string(),
  }) satisfies z.ZodType<Problem>,
);
