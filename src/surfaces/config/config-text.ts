import type { Diagnostic } from "../../shared/diagnostic.ts";
import { LIMITS } from "../../shared/limits.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { type DocumentPath, SourceDocument } from "../../templates/source-document.ts";
import { type ConfigLayer, configProblem, isRecord, valueAt } from "./config-layer.ts";

/** Reads the text of a configuration file into a layer whose origins are `source:line:column`. */
export function parseConfigText(text: string, source: string): Result<ConfigLayer, Diagnostic[]> {
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.templateFileBytes) {
    const size = { expected: `at most ${LIMITS.templateFileBytes} bytes`, got: `${bytes} bytes` };
    return err([configProblem("CONFIG_INVALID", "the file is too large", { place: source, ...size })]);
  }
  const document = SourceDocument.parse(text, source, "CONFIG_SYNTAX");
  if (!document.ok) return err(document.error.slice(0, LIMITS.diagnosticsMax));
  // An empty file has no settings.
  const values = document.value.value ?? {};
  if (!isRecord(values)) {
    const details = {
      span: document.value.spanAt([]),
      expected: "settings as `key: value`",
      got: Array.isArray(values) ? "a list" : `a ${typeof values}`,
      hint: "see docs/reference/configuration.md",
    };
    return err([configProblem("CONFIG_SYNTAX", "the file is no mapping of settings", details)]);
  }
  return ok({
    values,
    origin(path, part) {
      const at = path as DocumentPath;
      // An empty value has no stretch worth pointing at.
      const isEmpty = valueAt(values, path) === null;
      return { span: part === "key" || isEmpty ? document.value.spanOfKey(at) : document.value.spanAt(at) };
    },
  });
}
