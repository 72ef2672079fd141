import { LiquidError } from "liquidjs";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { ALLOWED_FILTERS, ALLOWED_TAGS } from "./liquid-sandbox.ts";

/** Longest excerpt of an expression inside a message, in characters. */
const EXCERPT_MAX = 80;

/** A slip that LiquidJS lets pass; `failing` is the piece of text that holds it. */
export class BadExpression extends SyntaxError {
  readonly failing: string;

  constructor(message: string, failing: string) {
    super(message);
    this.failing = failing;
  }
}

/** Runs LiquidJS on a text and turns whatever it throws into one diagnostic: it throws for every bad expression. */
export function guarded<T>(text: string, run: () => T): Result<T, Diagnostic> {
  try {
    return ok(run());
  } catch (error) {
    return err(diagnose(text, error));
  }
}

/** EXPRESSION_LIMIT: something was larger or took longer than allowed. */
export function limitDiagnostic(place: string, expected: string, got?: string): Diagnostic {
  return {
    code: "EXPRESSION_LIMIT",
    severity: "error",
    message: "an expression goes beyond its limits",
    place,
    expected,
    ...(got === undefined ? {} : { got }),
    hint: "shorten the loop or the text, or split the step",
  };
}

function diagnose(text: string, error: unknown): Diagnostic {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const message = thrown.message.replace(/, (?:file:.*, )?line:\d+, col:\d+$/, "");
  const place = `expression ${excerpt(text)}`;
  if (isLimit(thrown, message)) return limitDiagnostic(place, limitExpected(message), message);
  const failing = failingPiece(thrown);
  const parsing =
    thrown instanceof SyntaxError || thrown.name === "ParseError" || thrown.name === "TokenizationError";
  return {
    code: parsing ? "EXPRESSION_SYNTAX" : "EXPRESSION_FAILED",
    severity: "error",
    message: `${parsing ? "the expression cannot be read" : "the expression failed"}: ${message}`,
    place,
    expected: parsing ? "a LiquidJS expression" : "a value",
    got: excerpt(failing === "" ? text : failing),
    hint: hintFor(message),
  };
}

function failingPiece(error: Error): string {
  if (error instanceof BadExpression) return error.failing;
  return LiquidError.is(error) ? (error.token?.getText() ?? "") : "";
}

function isLimit(error: Error, message: string): boolean {
  return (
    /limit exceeded|Invalid string length|Invalid array length|Maximum call stack/.test(message) ||
    hasLimitCause(error)
  );
}

function hasLimitCause(error: Error): boolean {
  const original = (error as { originalError?: unknown }).originalError;
  return original instanceof Error && original !== error && isLimit(original, original.message);
}

function limitExpected(message: string): string {
  if (message.startsWith("template render")) return `at most ${LIMITS.expressionSteps} steps`;
  if (message.startsWith("memory")) return `at most ${LIMITS.expressionMemory} units of memory`;
  if (message.startsWith("parse")) return `at most ${LIMITS.templateFileBytes} characters of template`;
  if (message.includes("call stack")) return "less nesting";
  return `at most ${LIMITS.expressionCharacters} characters of output`;
}

function hintFor(message: string): string {
  const filter = /undefined filter: (\S+)/.exec(message)?.[1];
  if (filter !== undefined) return suggestion(filter, ALLOWED_FILTERS, "filters");
  const tag = /tag "(.*)" not found/.exec(message)?.[1];
  if (tag !== undefined) return suggestion(tag, ALLOWED_TAGS, "tags");
  if (message.includes('expected "|"'))
    return "compare with ==, and put | before a filter; arithmetic is a filter too: {{ a | plus: b }}";
  return "see docs/reference/templates.md, Expressions";
}

function suggestion(name: string, allowed: readonly string[], what: string): string {
  const near = nearestName(name, allowed);
  return `${near === undefined ? "" : `did you mean "${near}"? `}the ${what} are: ${allowed.join(", ")}`;
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return JSON.stringify(line.length > EXCERPT_MAX ? `${line.slice(0, EXCERPT_MAX)}...` : line);
}
