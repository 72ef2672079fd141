import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import { LIMITS } from "../../shared/limits.ts";
import { renderDiagnostics } from "../../shared/render-diagnostic.ts";
import type { CliContext } from "./cli.ts";
import { printJson, type Terminal, wantsColour } from "./terminal.ts";

/** A finding about what was asked for on the command line. */
export function fault(
  code: string,
  message: string,
  details: Partial<Omit<Diagnostic, "code" | "severity" | "message">> = {},
): Diagnostic {
  return { code, severity: "error", message, ...details };
}

/** Ends a command before it has done anything. */
export function refuse(...diagnostics: readonly Diagnostic[]): never {
  throw new AbyssalError(diagnostics);
}

/** What kept a command from its end, for people and in the form of output that was asked for. */
export async function printFaults(
  diagnostics: readonly Diagnostic[],
  format: string | undefined,
  { terminal, texts }: CliContext,
): Promise<void> {
  const { stdout } = terminal;
  if (format === "json") printJson(stdout, { error: { diagnostics } });
  if (format === "ndjson") stdout.write(`${JSON.stringify({ type: "error", error: { diagnostics } })}\n`);
  await printDiagnostics(diagnostics, texts, terminal);
}

/** Diagnostics for people, on stderr; excerpts come from the texts that were read and from files that spans name. */
export async function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  terminal: Terminal,
): Promise<void> {
  if (diagnostics.length === 0) return;
  const sources = new Map(texts);
  for (const { span, related } of diagnostics) {
    for (const place of [span, ...(related ?? []).map((one) => one.span)]) {
      if (!place || sources.has(place.source)) continue;
      const text = await readSource(resolve(terminal.cwd, place.source));
      if (text !== undefined) sources.set(place.source, text);
    }
  }
  const colour = wantsColour(terminal.stderr, terminal.env);
  terminal.stderr.write(renderDiagnostics(diagnostics, sources, { colour }));
}

async function readSource(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    return size > LIMITS.sourceBytes ? undefined : await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}
