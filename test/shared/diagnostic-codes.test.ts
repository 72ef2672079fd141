import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const PREFIXES =
  "DSL|JOURNAL|TEMPLATE|AGENT|PARAM|EXPRESSION|PLAN|CONFIG|LOG|OPTION|MODEL|BUDGET|INPUT|OUTPUT|PERFORMER|NEEDS|RUN|POLICY|APPROVAL|COMMAND|FUNCTION|SERVER|PORT|AUTH|TOOL|TOOLS|HTTP|FILES|MCP|A2A|SECRET|AUDIT";

/** Codes as the source writes them: quoted strings. */
function codesInSource(): string[] {
  const files = readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const text = files.map((file) => readFileSync(new URL(`src/${file}`, root), "utf8")).join("\n");
  return distinct(
    text.match(
      new RegExp(`(?<=["\`](?:error )?)(?:(?:${PREFIXES})_[A-Z_]+|TIMEOUT|CANCELLED)(?=["\`: ])`, "g"),
    ),
  );
}

function codesInDocument(): string[] {
  const text = readFileSync(new URL("docs/reference/diagnostics.md", root), "utf8");
  return distinct(text.match(new RegExp(`(?<=\`)(?:(?:${PREFIXES})_[A-Z_]+|TIMEOUT|CANCELLED)(?=\`)`, "g")));
}

function distinct(found: readonly string[] | null): string[] {
  return [...new Set(found)].sort();
}

it("every code that can be reported is documented, and no other", () => {
  expect(codesInSource().length).toBeGreaterThan(60);
  expect(codesInDocument()).toEqual(codesInSource());
});
