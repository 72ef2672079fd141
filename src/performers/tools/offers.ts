import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import type { ToolCall, ToolOffer } from "../model/question.ts";
import type { Tool, ToolResult } from "./tool.ts";
import { toolFailed } from "./tool.ts";
import { checkInput } from "./tool-input.ts";

/** Characters that providers take in the name of a tool. */
const NAME_CHARACTERS = 64;

/**
 * Tools under the names by which a model calls them. Names are made here and looked up whole: nothing that a model or a server says
 * can make one tool another.
 */
export class Offers {
  readonly #byName = new Map<string, Tool>();

  constructor(tools: readonly Tool[]) {
    for (const tool of tools) this.#byName.set(this.#nameFor(tool), tool);
  }

  get size(): number {
    return this.#byName.size;
  }

  /** Whether a model that is shown them has seen text from outside. */
  get areForeign(): boolean {
    return [...this.#byName.values()].some(({ isForeign }) => isForeign === true);
  }

  list(): readonly ToolOffer[] {
    return [...this.#byName].map(([name, { description, inputSchema }]) => ({
      name,
      description,
      inputSchema: inputSchema.type === "object" ? inputSchema : { ...inputSchema, type: "object" },
    }));
  }

  /** The tool that is called, and the input held to its schema. Failures: TOOL_NOT_ALLOWED, TOOL_ARGUMENTS. */
  read({ name, input }: ToolCall): Result<{ readonly tool: Tool; readonly input: JsonObject }, ToolResult> {
    const tool = this.#byName.get(name);
    if (!tool) return err(notAllowed(name, [...this.#byName.keys()]));
    // No input at all is what some models call a tool with that needs none.
    const checked = checkInput(tool.inputSchema, input === null || input === "" ? {} : input);
    if (!checked.ok)
      return err(toolFailed("TOOL_ARGUMENTS", `the arguments of ${name} are wrong: ${checked.error}`));
    return isJsonObject(checked.value) ? ok({ tool, input: checked.value }) : err(notAllowed(name, []));
  }

  #nameFor({ name }: Tool): string {
    const plain = name.replace(/[^A-Za-z0-9]+/g, "_").slice(0, NAME_CHARACTERS - 4);
    let unique = plain;
    for (let count = 2; this.#byName.has(unique); count++) unique = `${plain}_${count}`;
    return unique;
  }
}

function notAllowed(name: string, allowed: readonly string[]): ToolResult {
  const near = nearestName(name, allowed);
  return toolFailed("TOOL_NOT_ALLOWED", `this step may not use ${JSON.stringify(name.slice(0, 100))}`, {
    hint: near ? `did you mean ${near}?` : `it may use ${allowed.join(", ") || "no tool"}`,
  });
}
