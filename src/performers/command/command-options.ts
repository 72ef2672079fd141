import { FORBIDDEN_KEYS, isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { optionNames } from "../../shared/step-options.ts";

/** The checked options of a `command` step (docs/reference/command-performer.md). */
export type CommandOptions = {
  readonly command: string;
  /** `args`, and after `--` the `operands`. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Variables of this process that the program is given, beside the harmless ones. */
  readonly inherit: readonly string[];
  readonly stdin?: string;
  readonly maxOutputBytes: number;
  readonly okExitCodes: readonly number[];
  readonly parse: "text" | "json";
};

export type OptionRefusal = { readonly message: string; readonly hint?: string };

const NAMES = optionNames("command");
const refuse = (message: string, hint?: string): Result<never, OptionRefusal> =>
  err(hint === undefined ? { message } : { message, hint });

/** Reads the rendered options of a step; the first thing that is wrong is refused. */
export function readCommandOptions(options: JsonObject): Result<CommandOptions, OptionRefusal> {
  for (const name of Object.keys(options)) {
    if (NAMES.includes(name)) continue;
    const near = nearestName(name, NAMES);
    return refuse(
      `unknown option \`${name}\``,
      near ? `did you mean \`${near}\`?` : `known: ${NAMES.join(", ")}`,
    );
  }
  const command = options.command;
  if (typeof command !== "string" || command.trim() === "" || command.includes("\0")) {
    return refuse(`\`command\` must be the name of a program, got ${shown(command)}`);
  }
  const args = texts(options.args ?? [], "args");
  if (!args.ok) return args;
  const operands = texts(options.operands ?? [], "operands");
  if (!operands.ok) return operands;
  const env = environment(options.env ?? {});
  if (!env.ok) return env;
  const numbers = readNumbers(options);
  if (!numbers.ok) return numbers;
  const { cwd = ".", stdin, parse = "text" } = options;
  if (typeof cwd !== "string") return refuse(`\`cwd\` must be a folder, got ${shown(cwd)}`);
  if (stdin !== undefined && stdin !== null && typeof stdin !== "string") {
    return refuse(`\`stdin\` must be a text, got ${shown(stdin)}`);
  }
  if (parse !== "text" && parse !== "json")
    return refuse(`\`parse\` must be text or json, got ${shown(parse)}`);
  return ok({
    command,
    args: operands.value.length === 0 ? args.value : [...args.value, "--", ...operands.value],
    cwd,
    ...env.value,
    ...(typeof stdin === "string" ? { stdin } : {}),
    ...numbers.value,
    parse,
  });
}

function texts(value: Json, name: string): Result<readonly string[], OptionRefusal> {
  if (!Array.isArray(value)) return refuse(`\`${name}\` must be a list of texts, got ${shown(value)}`);
  const result: string[] = [];
  for (const [index, item] of value.entries()) {
    const text = asText(item);
    if (text === undefined) {
      return refuse(
        `\`${name}[${index}]\` must be a text, a number or a boolean, got ${shown(item)}`,
        "an expression that names nothing renders as null: give its parameter a default",
      );
    }
    if (text.includes("\0")) return refuse(`\`${name}[${index}]\` holds a NUL byte`);
    result.push(text);
  }
  return ok(result);
}

type Variables = Pick<CommandOptions, "env" | "inherit">;

/** `{ NAME: value }`, or a list of `NAME=value` and of names whose values this process has. */
function environment(value: Json): Result<Variables, OptionRefusal> {
  if (!Array.isArray(value) && !isJsonObject(value))
    return refuse(
      `\`env\` must be an object of texts, or a list of NAME and NAME=value, got ${shown(value)}`,
    );
  const env: Record<string, string> = {};
  const inherit: string[] = [];
  const entries = Array.isArray(value) ? value.map(readEntry) : Object.entries(value);
  for (const [name, item] of entries) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || FORBIDDEN_KEYS.has(name)) {
      return refuse(`\`env\` has no variable named ${shown(name)}`, "letters, digits and _ only");
    }
    const text = item === INHERITED ? item : asText(item);
    if (text === undefined || (text !== INHERITED && text.includes("\0"))) {
      return refuse(`\`env.${name}\` must be a text without NUL bytes, got ${shown(item)}`);
    }
    if (text === INHERITED) inherit.push(name);
    else env[name] = text;
  }
  return ok({ env, inherit });
}

const INHERITED = Symbol("as this process has it");

function readEntry(entry: Json): readonly [string, Json | typeof INHERITED] {
  if (typeof entry !== "string") return [String(entry), null];
  const at = entry.indexOf("=");
  return at < 0 ? [entry, INHERITED] : [entry.slice(0, at), entry.slice(at + 1)];
}

function readNumbers(
  options: JsonObject,
): Result<Pick<CommandOptions, "maxOutputBytes" | "okExitCodes">, OptionRefusal> {
  const { maxOutputBytes = LIMITS.commandOutputBytes, okExitCodes = [0] } = options;
  const most = LIMITS.commandOutputBytes;
  if (!isWhole(maxOutputBytes, 1, most)) {
    return refuse(
      `\`maxOutputBytes\` must be a whole number from 1 to ${most}, got ${shown(maxOutputBytes)}`,
    );
  }
  if (!Array.isArray(okExitCodes) || okExitCodes.length === 0) {
    return refuse(`\`okExitCodes\` must be a list of exit codes, got ${shown(okExitCodes)}`);
  }
  const codes: number[] = [];
  for (const code of okExitCodes) {
    if (!isWhole(code, 0, 255))
      return refuse(`\`okExitCodes\` holds ${shown(code)}, no exit code (0 to 255)`);
    codes.push(code);
  }
  return ok({ maxOutputBytes, okExitCodes: codes });
}

function isWhole(value: Json, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function asText(value: Json): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
}
