import type { Diagnostic, Span } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";

/** What one finding of the parser says beside its place. */
export type Finding = {
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
  readonly hint?: string;
  readonly related?: Diagnostic["related"];
};

/**
 * Collects what the parser finds in one text.
 * Owns: the order, the cap and the suppression of follow-on errors. Does not own: recovery.
 * I1: at most `LIMITS.diagnosticsMax` diagnostics leave it, errors before warnings when there are too many.
 * I2: of several errors at one place only the first is kept: the later ones are its consequences.
 * I3: after `fatal` exactly that one diagnostic leaves it.
 */
export class DiagnosticSink {
  readonly #errors: Diagnostic[] = [];
  readonly #warnings: Diagnostic[] = [];
  #errorCount = 0;
  #lastErrorOffset = -1;
  #fatalDiagnostic: Diagnostic | undefined;
  /** Set by an error that may have swallowed closing brackets; the next missing bracket is not news. */
  #bracketsInDoubt = false;

  error(code: string, span: Span, finding: Finding): void {
    if (span.start.offset === this.#lastErrorOffset) return;
    this.#lastErrorOffset = span.start.offset;
    this.#errorCount++;
    if (this.#errors.length < LIMITS.diagnosticsMax) {
      this.#errors.push({ code, severity: "error", span, ...finding });
    }
  }

  /** A missing bracket: dropped when an earlier error already explains it. */
  unclosed(span: Span, finding: Finding): void {
    if (this.#bracketsInDoubt) {
      this.#bracketsInDoubt = false;
      this.#lastErrorOffset = span.start.offset;
      return;
    }
    this.error("DSL_UNCLOSED", span, finding);
  }

  doubtBrackets(): void {
    this.#bracketsInDoubt = true;
  }

  trustBrackets(): void {
    this.#bracketsInDoubt = false;
  }

  warning(code: string, span: Span, finding: Finding): void {
    if (this.#warnings.length < LIMITS.diagnosticsMax) {
      this.#warnings.push({ code, severity: "warning", span, ...finding });
    }
  }

  fatal(code: string, span: Span, finding: Finding): void {
    this.#fatalDiagnostic ??= { code, severity: "error", span, ...finding };
  }

  get failed(): boolean {
    return this.#fatalDiagnostic !== undefined || this.#errorCount > 0;
  }

  get stopped(): boolean {
    return this.#fatalDiagnostic !== undefined;
  }

  /** Everything found, in the order of the text. */
  finish(): readonly Diagnostic[] {
    if (this.#fatalDiagnostic) return [this.#fatalDiagnostic];
    const kept = [...this.#errors, ...this.#warnings].slice(0, LIMITS.diagnosticsMax);
    if (this.#errorCount > LIMITS.diagnosticsMax) {
      const left = this.#errorCount - LIMITS.diagnosticsMax + 1;
      kept[LIMITS.diagnosticsMax - 1] = {
        code: "DSL_TOO_MANY",
        severity: "error",
        span: kept[LIMITS.diagnosticsMax - 1]!.span!,
        message: `${left} more errors from here on are not listed`,
        hint: "correct the ones above first; many of the others may go with them",
      };
    }
    return kept.sort((a, b) => a.span!.start.offset - b.span!.start.offset);
  }
}
