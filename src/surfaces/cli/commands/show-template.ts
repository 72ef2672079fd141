import { AbyssalError } from "../../../shared/diagnostic.ts";
import { formatSpan } from "../../../shared/quantity.ts";
import {
  HUMAN,
  type MergeRule,
  type Parameter,
  type Step,
  type StepAlternative,
  type Template,
} from "../../../templates/template.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { openPlans } from "../open-abyssal.ts";
import { columns, type Paint, paintFor } from "../style.ts";
import { printJson, wantsColour, widthFor } from "../terminal.ts";

type ShowFlags = { readonly output: "text" | "json"; readonly config?: string };

/** `abyssal show-template`: one template's parameters and steps. */
export async function showTemplateCommand(
  name: string,
  flags: ShowFlags,
  context: CliContext,
): Promise<number> {
  const { stdout, env } = context.terminal;
  const [plain = "", version] = name.split("@", 2);
  const { templates } = await openPlans(context, flags);
  const found = templates.get(plain, version);
  if (!found.ok) throw new AbyssalError([found.error]);
  if (flags.output === "json") printJson(stdout, found.value);
  else stdout.write(templateText(found.value, paintFor(wantsColour(stdout, env)), widthFor(stdout)));
  return EXIT.succeeded;
}

function templateText(template: Template, paint: Paint, width: number | undefined): string {
  const layout = { indent: "  ", width };
  const { name, version, description, category, parameters, steps, synthesis, source, blackboard } = template;
  const answer = synthesis.answer ? `, from ${synthesis.answer.join(", ")}` : "";
  return [
    `${paint("bold", `${name}@${version}`)}  ${category}`,
    description,
    "",
    paint("bold", "Parameters"),
    parameters.length === 0 ? "  none" : columns(parameters.map(parameterRow), layout),
    "",
    paint("bold", "Steps"),
    columns(steps.map(stepRow), layout),
    "",
    ...(blackboard ? [`Blackboard: ${Object.entries(blackboard).map(ruleText).join(", ")}`] : []),
    `Answer: ${synthesis.mode}${answer}; ${Math.round(synthesis.threshold * 100)}% of parallel agents must succeed`,
    `File: ${source}`,
    "",
  ].join("\n");
}

function ruleText([key, rule]: readonly [string, MergeRule]): string {
  return `${key} (${typeof rule === "object" ? `by function ${rule.function}` : rule})`;
}

function parameterRow(parameter: Parameter): readonly string[] {
  const { name, required, position, description = "" } = parameter;
  const usual = parameter.default === undefined ? "" : `default ${JSON.stringify(parameter.default)}`;
  const rule = required ? "required" : usual;
  return [position === undefined ? "" : `${position}.`, name, typeText(parameter), rule, description];
}

function typeText({ type, values, orSpan, minimum, maximum }: Parameter): string {
  const allowed = [
    ...(type === "enum" ? [] : [type]),
    ...(values ?? []),
    ...(orSpan ? ["a span of time"] : []),
  ];
  const range = minimum === undefined && maximum === undefined ? "" : ` (${minimum ?? ""}..${maximum ?? ""})`;
  return `${allowed.join(" | ")}${range}`;
}

function stepRow({
  name,
  needs,
  work,
  when,
  forEach,
  approve,
  durationMs,
  publish,
  alternatives = [],
  fallback,
}: Step): readonly string[] {
  const done =
    work.kind === "template"
      ? `template ${work.template}${work.version === undefined ? "" : `@${work.version}`}`
      : work.kind === "run"
        ? `${work.agent} by ${work.performer}`
        : work.agent;
  const rules = [
    ...(needs.length > 0 ? [`after ${needs.join(", ")}`] : []),
    ...(when === undefined ? [] : [`when ${when}`]),
    ...(forEach ? [`for each ${forEach.variable}`] : []),
    ...(approve ? ["asks for approval"] : []),
    ...alternatives.map((one) => `else ${doneBy(one)}`),
    ...(fallback ? ["else a constant"] : []),
    ...(work.kind === "run" && work.performer === HUMAN ? ["asks a person"] : []),
    ...(publish ? [`publishes ${Object.keys(publish).join(", ")}`] : []),
  ];
  return [name, done, formatSpan(durationMs), rules.join("; ")];
}

function doneBy({ work, performer }: StepAlternative): string {
  const by = work.kind === "run" ? work.performer : performer;
  return by === undefined ? work.agent : `${work.agent} by ${by}`;
}
