import { CONFIG_SETTINGS } from "../config/schema.ts";

/** A configuration file in which every setting stands as a comment with its default. */
export function configSample(): string {
  const lines = [
    "# Configuration of Abyssal. Every line is the default: take away the # before a setting to change it.",
    "# Order of precedence: these settings, then ABYSSAL_* variables, then flags.",
  ];
  let section = "";
  for (const { path, schema } of CONFIG_SETTINGS) {
    const [name, key] = path;
    if (key !== undefined && name !== section) lines.push("", `# ${name}:`);
    if (key !== undefined) section = name;
    const usual = schema.safeParse(undefined);
    const value = usual.success && usual.data !== undefined ? String(usual.data) : "";
    const indent = key === undefined ? "" : "  ";
    lines.push("#".concat(` ${indent}# ${schema.description ?? ""}`).trimEnd());
    lines.push(`# ${indent}${key ?? name}:${value === "" ? "" : ` ${value}`}`);
  }
  return `${lines.join("\n")}\n`;
}

export const EXAMPLE_PROGRAM = `# A chain: each step sees the results before it. See it first: abyssal plan --file example.abyssal
ABYSSAL[RESEARCH]("vector databases")
  -> ABYSSAL[ARCHITECTURE]("search service")
  -> (ABYSSAL[CODE]("indexer") & ABYSSAL[CODE]("query api"))

# A template of this folder's own: templates/briefing.yaml
ABYSSAL[BRIEFING]("search service", audience="operators")
`;

export const EXAMPLE_TEMPLATE = `name: BRIEFING
version: 1.0.0
description: Brief an audience on a subject - research first, then one page
category: documentation
parameters:
  subject:  { type: string, position: 1, required: true }
  audience: { type: string, default: developers }
steps:
  facts:
    agent: researcher
    prompt: "Collect what {{ audience }} must know about {{ subject }}."
  page:
    needs: [facts]
    agent: documenter
    prompt: "Write one page on {{ subject }} for {{ audience }}. The facts:\\n{{ steps.facts.output }}"
synthesis: { mode: aggregate, answer: [page] }
`;
