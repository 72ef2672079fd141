/** A place in a text; `offset` in UTF-16 units from 0, `line` and `column` from 1. */
export type Position = { readonly offset: number; readonly line: number; readonly column: number };

/** A stretch of a named source; `source` is a file path or a label such as `<command>`. */
export type Span = { readonly source: string; readonly start: Position; readonly end: Position };

/**
 * One finding about an input, in the single form that every layer reports.
 * `code` is stable and documented in docs/reference/diagnostics.md.
 */
export type Diagnostic = {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Where in the text; absent when the place is no text (a flag, an API argument). */
  readonly span?: Span;
  /** Where when there is no text, e.g. `options.maxConcurrency`; beside `span`, the step of a template that the text led to. */
  readonly place?: string;
  readonly expected?: string;
  readonly got?: string;
  readonly hint?: string;
  readonly related?: readonly { readonly message: string; readonly span?: Span }[];
};

/** Thrown at the API's border for bad input; carries every diagnostic that was found. */
export class AbyssalError extends Error {
  override readonly name = "AbyssalError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], options?: ErrorOptions) {
    super(diagnostics.map(diagnosticLine).join("\n"), options);
    this.diagnostics = diagnostics;
  }

  /** The code of the first diagnostic. */
  get code(): string {
    return this.diagnostics[0]?.code ?? "INTERNAL";
  }
}

/** Whether any of them is an error, and not a warning. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

/** `CODE file:line:column: message` and, where known, expected, got and hint, on one line. */
export function diagnosticLine(diagnostic: Diagnostic): string {
  const { code, span, place, message, expected, got, hint } = diagnostic;
  const at = span && `${span.source}:${span.start.line}:${span.start.column}`;
  const where = [at, place].filter(Boolean).join(", ");
  const details = [
    expected === undefined ? "" : `expected ${expected}`,
    got === undefined ? "" : `got ${got}`,
    hint ?? "",
  ].filter((part) => part !== "");
  return `${code}${where && ` ${where}`}: ${message}${details.length > 0 ? ` (${details.join("; ")})` : ""}`;
}
