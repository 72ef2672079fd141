import type { z } from "zod";
import { definedOnly } from "../shared/defined-only.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { checkTemplate } from "./check-template.ts";
import { type FileKind, misplacedFile } from "./misplaced-file.ts";
import { resolveTemplate } from "./resolve-template.ts";
import { schemaDiagnostics } from "./schema-diagnostics.ts";
import { SourceDocument, tooLarge } from "./source-document.ts";
import type { AgentKind, Template } from "./template.ts";
import { agentKindFile, templateFile } from "./template-schema.ts";

/**
 * Reads a template from YAML or JSON text; `source` names it in diagnostics, a path or `<inline>`. Errors:
 * TEMPLATE_SYNTAX, TEMPLATE_TOO_LARGE, TEMPLATE_INVALID, TEMPLATE_UNKNOWN_NEED, TEMPLATE_CYCLE, TEMPLATE_EXPRESSION,
 * TEMPLATE_UNDECLARED_NEED, TEMPLATE_UNKNOWN_VARIABLE, at most LIMITS.diagnosticsMax of them.
 */
export function loadTemplate(text: string, source: string): Result<Template, Diagnostic[]> {
  const read = readFile(text, source, "template", templateFile);
  if (!read.ok) return read;
  const { document, file } = read.value;
  const found = checkTemplate(document, file);
  return found.length > 0 ? err(found.slice(0, LIMITS.diagnosticsMax)) : ok(resolveTemplate(file, source));
}

/** Reads an agent kind from YAML or JSON text. Errors: TEMPLATE_SYNTAX, TEMPLATE_TOO_LARGE, TEMPLATE_INVALID. */
export function loadAgentKind(text: string, source: string): Result<AgentKind, Diagnostic[]> {
  const read = readFile(text, source, "agent kind", agentKindFile);
  if (!read.ok) return read;
  const { $schema: _, temperature, model, tools, ...kind } = read.value.file;
  return ok({ ...kind, ...definedOnly({ temperature, model, tools }), source });
}

function readFile<T extends z.ZodType>(
  text: string,
  source: string,
  kind: FileKind,
  schema: T,
): Result<{ document: SourceDocument; file: z.infer<T> }, Diagnostic[]> {
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > LIMITS.templateFileBytes) return err([tooLarge(source, bytes)]);
  const document = SourceDocument.parse(text, source, "TEMPLATE_SYNTAX");
  if (!document.ok) return err(document.error.slice(0, LIMITS.diagnosticsMax));
  const parsed = schema.safeParse(document.value.value);
  if (parsed.success) return ok({ document: document.value, file: parsed.data });
  const misplaced = misplacedFile(document.value, kind);
  if (misplaced) return err([misplaced]);
  const found = schemaDiagnostics(document.value, parsed.error.issues, schema);
  return err(found.slice(0, LIMITS.diagnosticsMax));
}
