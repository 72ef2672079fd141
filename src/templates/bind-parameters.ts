import type { Diagnostic, Span } from "../shared/diagnostic.ts";
import { FORBIDDEN_KEYS, isJsonObject, type Json, type JsonObject } from "../shared/json.ts";
import { pointerKey } from "../shared/json-pointer.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { err, ok, type Result } from "../shared/result.ts";
import {
  acceptsDeferred,
  describeType,
  holdsFinite,
  mismatchOf,
  type TypeMismatch,
} from "./parameter-type.ts";
import { SECRET_FORM, variableOf } from "./secret-parameter.ts";
import type { Parameter, Template } from "./template.ts";

/**
 * One argument of a command as a value. `deferred`: it is, or contains, a command or reference whose answer comes
 * later; `null` stands in that answer's place (so `null` and deferred together mean: wholly deferred).
 */
export type BoundArgument = {
  /** Absent for a positional argument. */
  readonly name?: string;
  readonly nameSpan?: Span;
  readonly json: Json;
  readonly span?: Span;
  readonly deferred: boolean;
  /** Of an object: its members with their own places. When absent, members take this argument's place. */
  readonly members?: readonly BoundArgument[];
  /** Anything; it comes back in `placed` with the place that the argument got. */
  readonly tag?: unknown;
};

/** A command's arguments in their places. */
export type BoundParameters = {
  /** Declared parameters by name, defaults filled in; optional ones without a value or default are absent. */
  readonly parameters: JsonObject;
  /** What the template does not declare, passed on to its agents. */
  readonly context: JsonObject;
  /** Where each tagged argument went: a JSON Pointer (RFC 6901) into `{parameters, context}`. */
  readonly placed: readonly { readonly tag: unknown; readonly pointer: string }[];
  readonly warnings: readonly Diagnostic[];
};

/**
 * Gives a command's arguments to a template's parameters: positional ones by position, a trailing object as named
 * ones, each checked against its type. Errors PARAM_TOO_MANY, PARAM_DUPLICATE, PARAM_MISSING, PARAM_TYPE, PARAM_VALUE,
 * PARAM_RANGE, PARAM_SECRET, PARAM_FORBIDDEN; warnings PARAM_UNKNOWN (a near miss) and PARAM_NOT_FINITE.
 */
export function bindParameters(
  template: Template,
  args: readonly BoundArgument[],
  call: CallPlace = {},
): Result<BoundParameters, Diagnostic[]> {
  const binding = new Binding(template, call);
  for (const argument of namedArguments(template, args, binding)) binding.take(argument);
  return binding.finish();
}

/** Names every argument; those that cannot be named are reported. */
function namedArguments(template: Template, args: readonly BoundArgument[], binding: Binding): Named[] {
  const byPosition = template.parameters
    .filter((parameter) => parameter.position !== undefined)
    .sort((a, b) => a.position! - b.position!);
  const positional = args.filter((argument) => argument.name === undefined);
  const last = positional.at(-1);
  const named: Named[] = [];
  for (const [index, argument] of positional.entries()) {
    const parameter = byPosition[index];
    if (argument === last && isJsonObject(argument.json) && !takesObject(parameter)) {
      named.push(...membersOf(argument));
    } else if (parameter) {
      named.push({ ...argument, name: parameter.name });
    } else {
      binding.tooMany(argument, byPosition);
      break;
    }
  }
  for (const argument of args)
    if (argument.name !== undefined) named.push({ ...argument, name: argument.name });
  return named;
}

/** Where a command stands in a text, and whether it is a step of a template, which has its arguments in `with`. */
export type CallPlace = { readonly span?: Span; readonly isStep?: boolean };

type Named = BoundArgument & { readonly name: string };

function takesObject(parameter: Parameter | undefined): boolean {
  return parameter !== undefined && (parameter.type === "object" || parameter.type === "any");
}

function membersOf(argument: BoundArgument): Named[] {
  const given = argument.members?.flatMap((member) =>
    member.name === undefined ? [] : [{ ...member, name: member.name }],
  );
  if (given) return given;
  const place = argument.span === undefined ? {} : { span: argument.span };
  return Object.entries(argument.json as JsonObject).map(([name, json]) => ({
    name,
    json,
    deferred: argument.deferred && holdsNull(json),
    ...place,
  }));
}

function holdsNull(value: Json): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.some(holdsNull);
  return isJsonObject(value) && Object.values(value).some(holdsNull);
}

/** One binding in the making: what has been given so far, and what was wrong with it. */
class Binding {
  readonly #template: Template;
  readonly #call: CallPlace;
  readonly #declared: ReadonlyMap<string, Parameter>;
  readonly #taken = new Map<string, Named>();
  readonly #parameters: JsonObject = {};
  readonly #context: JsonObject = {};
  readonly #placed: { readonly tag: unknown; readonly pointer: string }[] = [];
  readonly #errors: Diagnostic[] = [];
  readonly #warnings: Diagnostic[] = [];

  constructor(template: Template, call: CallPlace) {
    this.#template = template;
    this.#call = call;
    this.#declared = new Map(template.parameters.map((parameter) => [parameter.name, parameter]));
  }

  take(argument: Named): void {
    const { name } = argument;
    const earlier = this.#taken.get(name);
    if (earlier) {
      this.#error("PARAM_DUPLICATE", `parameter "${name}" is given twice`, argument, {
        expected: `one value for "${name}"`,
        got: "a second one",
        hint: "keep one of the two",
        related: [{ message: "given here first", ...place(earlier) }],
      });
      return;
    }
    this.#taken.set(name, argument);
    const parameter = this.#declared.get(name);
    if (parameter) this.#takeDeclared(parameter, argument);
    else this.#takeContext(argument);
  }

  tooMany(argument: BoundArgument, byPosition: readonly Parameter[]): void {
    const names = byPosition.map((parameter) => parameter.name).join(", ");
    this.#error(
      "PARAM_TOO_MANY",
      `${this.#template.name} takes ${count(byPosition.length, "positional argument")}`,
      argument,
      {
        expected: byPosition.length === 0 ? "named arguments only" : `at most ${byPosition.length}: ${names}`,
        got: `argument ${byPosition.length + 1}`,
        hint: `give the others by name, such as ${this.#exampleName(byPosition)}=...`,
      },
    );
  }

  finish(): Result<BoundParameters, Diagnostic[]> {
    for (const parameter of this.#template.parameters) {
      if (this.#taken.has(parameter.name)) continue;
      if (parameter.default !== undefined) this.#parameters[parameter.name] = parameter.default;
      else if (parameter.required) this.#missing(parameter);
    }
    if (this.#errors.length > 0) return err([...this.#errors, ...this.#warnings]);
    return ok({
      parameters: this.#parameters,
      context: this.#context,
      placed: this.#placed,
      warnings: this.#warnings,
    });
  }

  #takeDeclared(parameter: Parameter, argument: Named): void {
    const mismatch = this.#mismatch(parameter, argument);
    if (mismatch) {
      const { code, ...details } = mismatch;
      // The value is at fault, not the name.
      const { nameSpan: _, ...value } = argument;
      this.#error(
        code,
        `parameter "${parameter.name}" of ${this.#template.name} does not accept this value`,
        value,
        details,
      );
      return;
    }
    if (parameter.secret && (argument.deferred || variableOf(argument.json) === undefined)) {
      const { nameSpan: _, ...value } = argument;
      // What was given is not told: it may be the secret itself.
      this.#error(
        "PARAM_SECRET",
        `parameter "${parameter.name}" of ${this.#template.name} is secret`,
        value,
        {
          expected: SECRET_FORM,
          got: "another value",
          hint: `put it into a variable, and give its name: ${parameter.name}="env:MY_SECRET"`,
        },
      );
      return;
    }
    this.#parameters[parameter.name] = argument.json;
    this.#place(argument, "parameters");
  }

  #place({ name, tag }: Named, group: "parameters" | "context"): void {
    if (tag !== undefined) this.#placed.push({ tag, pointer: `/${group}/${pointerKey(name)}` });
  }

  #mismatch(parameter: Parameter, argument: Named): TypeMismatch | undefined {
    if (!argument.deferred || argument.json !== null) return mismatchOf(parameter, argument.json);
    if (acceptsDeferred(parameter)) return undefined;
    return {
      code: "PARAM_TYPE",
      expected: describeType(parameter),
      got: "the answer of a command, which is a text",
      ...(parameter.type === "array" ? { hint: "put it into a list: [ABYSSAL[...](...)]" } : {}),
    };
  }

  #takeContext(argument: Named): void {
    const { name, json } = argument;
    if (FORBIDDEN_KEYS.has(name)) {
      this.#error("PARAM_FORBIDDEN", `"${name}" is no name for a parameter`, argument, {
        expected: "a name that no prototype answers to",
        got: name,
        hint: "choose another name",
      });
      return;
    }
    const free = [...this.#declared.keys()].filter((declared) => !this.#taken.has(declared));
    const near = nearestName(name, free);
    if (near !== undefined) {
      this.#warn(
        "PARAM_UNKNOWN",
        `${this.#template.name} declares no parameter "${name}"; it is passed on as context`,
        argument,
        {
          expected: `one of ${[...this.#declared.keys()].join(", ")}`,
          got: name,
          hint: `did you mean "${near}"?`,
        },
      );
    }
    if (!holdsFinite(json)) {
      this.#warn(
        "PARAM_NOT_FINITE",
        `"${name}" holds a number that JSON cannot carry; it is passed on as text`,
        argument,
        {
          expected: "a finite number",
          got: "NaN or Infinity",
        },
      );
    }
    this.#context[name] = withFiniteNumbers(json);
    this.#place(argument, "context");
  }

  #missing(parameter: Parameter): void {
    const { span, isStep } = this.#call;
    const example = parameter.values?.[0] ?? "...";
    const where =
      parameter.position === undefined ? "by name" : `as argument ${parameter.position} or by name`;
    this.#errors.push({
      code: "PARAM_MISSING",
      severity: "error",
      message: `${this.#template.name} needs parameter "${parameter.name}"`,
      ...(span === undefined ? { place: parameter.name } : { span }),
      expected: describeType(parameter),
      got: "nothing",
      hint: isStep
        ? `add it to the step's with: ${parameter.name}: ${JSON.stringify(example)}`
        : `give it ${where}: ${parameter.name}="${example}"`,
    });
  }

  #exampleName(byPosition: readonly Parameter[]): string {
    const other = this.#template.parameters.find((parameter) => !byPosition.includes(parameter));
    return other?.name ?? "name";
  }

  #error(code: string, message: string, argument: BoundArgument, details: Details): void {
    this.#errors.push({ code, severity: "error", message, ...place(argument), ...details });
  }

  #warn(code: string, message: string, argument: BoundArgument, details: Details): void {
    this.#warnings.push({ code, severity: "warning", message, ...place(argument), ...details });
  }
}

type Details = Pick<Diagnostic, "expected" | "got" | "hint" | "related">;

/** An argument that stands in no text is told by its name, which every message has. */
function place(argument: BoundArgument): { span?: Span } {
  const span = argument.nameSpan ?? argument.span;
  return span ? { span } : {};
}

function count(amount: number, noun: string): string {
  if (amount === 0) return `no ${noun}s`;
  return amount === 1 ? `one ${noun}` : `${amount} ${noun}s`;
}

function withFiniteNumbers(value: Json): Json {
  if (holdsFinite(value)) return value;
  if (Array.isArray(value)) return value.map(withFiniteNumbers);
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withFiniteNumbers(member)]));
  return String(value);
}
