import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { checkReferences } from "../../src/dsl/check-references.ts";
import { formatProgram } from "../../src/dsl/format-program.ts";
import { parseProgram } from "../../src/dsl/parse-program.ts";
import { printProgram } from "../../src/dsl/print-program.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { renderDiagnostics } from "../../src/shared/render-diagnostic.ts";
import { parseValue } from "../support/parse-value.ts";
import { programs } from "./arbitraries.ts";

/** Parses, checks, formats and renders: nothing may throw, and what is reported lies within the text. */
export function survives(text: string): void {
  const { program, diagnostics } = parseProgram(text);
  const found = [...diagnostics, ...checkReferences(program)];
  parseValue(text);
  assert.equal(formatProgram(text).ok, !diagnostics.some(({ severity }) => severity === "error"));
  assert.ok(diagnostics.length <= LIMITS.diagnosticsMax);
  for (const { span } of found) {
    assert.ok(span!.start.offset <= span!.end.offset);
    assert.ok(span!.end.offset <= text.length);
  }
  const rendered = renderDiagnostics(found, new Map([["<command>", text]]), { colour: false });
  assert.equal(rendered === "", found.length === 0);
}

const pieces = fc.constantFrom(
  ...[
    "ABYSSAL",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ";",
    ":",
    "=",
    "->",
    "&",
    "$",
    "@",
    "#",
    "//",
    "/*",
    "*/",
  ],
  ...[
    '"',
    "'",
    "\\",
    "\n",
    " ",
    "a",
    "1",
    "-",
    "ABYSSAL[A](",
    "x = ",
    "\u2028",
    "\ud800",
    "__proto__",
    "true",
  ],
);

export const strings = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 200 }));

/** The language's own tokens in any order. */
export const tokens = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(""));

const commented = readFileSync(new URL("../corpus/dsl/commented.abyssal", import.meta.url), "utf8");
const edit = fc.record({ at: fc.nat(), cut: fc.nat(12), piece: fc.option(pieces, { nil: "" }) });

/** Programs with pieces cut out, doubled or put in. */
export const editedPrograms = fc
  .tuple(
    fc.oneof(programs.map(printProgram), fc.constant(commented)),
    fc.array(edit, { minLength: 1, maxLength: 6 }),
  )
  .map(([whole, edits]) =>
    edits.reduce((text, { at, cut, piece }) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + piece + text.slice(place + cut);
    }, whole),
  );
