import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Range } from "yaml";
import type { Diagnostic, Span } from "../../shared/diagnostic.ts";
import { LIMITS } from "../../shared/limits.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { type ConfigLayer, configProblem, isRecord } from "./config-layer.ts";

/** Reads the text of a configuration file into a layer whose origins are `source:line:column`. */
export function parseConfigText(text: string, source: string): Result<ConfigLayer, Diagnostic[]> {
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.templateFileBytes) {
    const size = { expected: `at most ${LIMITS.templateFileBytes} bytes`, got: `${bytes} bytes` };
    return err([configProblem("CONFIG_INVALID", "the file is too large", { place: source, ...size })]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const span = (start: number, end: number): Span => ({
    source,
    start: { offset: start, ...place(lines, start) },
    end: { offset: end, ...place(lines, end) },
  });
  // yaml only warns of what it cannot read in full (an unknown tag); such a value would be silently wrong.
  const findings = [...document.errors, ...document.warnings];
  if (findings.length > 0) {
    return err(
      findings
        .slice(0, LIMITS.diagnosticsMax)
        .map(({ message, pos }) => configProblem("CONFIG_SYNTAX", message, { span: span(pos[0], pos[1]) })),
    );
  }
  const values = plainValues(document);
  if (!isRecord(values)) {
    const details = { span: span(0, 0), expected: "settings as `key: value`" };
    return err([configProblem("CONFIG_SYNTAX", "the file is no mapping of settings", details)]);
  }
  return ok({
    values,
    origin(path, part) {
      const range = rangeAt(document, path, part);
      return range && { span: span(range[0], range[1]) };
    },
  });
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** An empty file has no settings; one with too many aliases is no mapping. */
function plainValues(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 }) ?? {};
  } catch {
    return undefined;
  }
}

function rangeAt(
  document: Document.Parsed,
  path: readonly PropertyKey[],
  part: "key" | "value",
): Range | undefined {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (isSeq(parent)) {
    const item = parent.items[Number(path.at(-1))];
    return (isNode(item) && item.range) || undefined;
  }
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  if (!pair) return undefined;
  const { key, value } = pair;
  // An empty value has no stretch worth pointing at.
  const node = part === "value" && isScalar(value) && value.value !== null ? value : key;
  return (isNode(node) && node.range) || undefined;
}
