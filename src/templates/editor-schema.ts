import { z } from "zod";
import { alternative, step } from "./step-schema.ts";
import { agentKindFile, templateFile } from "./template-schema.ts";

/** The JSON Schema (draft-07) of a template file, for editors; shipped as templates/template.schema.json. */
export function templateJsonSchema(): Record<string, unknown> {
  return withTitle(
    "Abyssal template",
    z.toJSONSchema(templateFile, { io: "input", target: "draft-7", override }),
  );
}

/** The JSON Schema (draft-07) of an agent-kind file; shipped as templates/agent-kind.schema.json. */
export function agentKindJsonSchema(): Record<string, unknown> {
  return withTitle("Abyssal agent kind", z.toJSONSchema(agentKindFile, { io: "input", target: "draft-7" }));
}

function withTitle(title: string, schema: object): Record<string, unknown> {
  return { title, ...schema };
}

/** Says in JSON Schema what is checked beyond the zod types: one kind of work for each step, one loop variable. */
function override({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: unknown;
  jsonSchema: Record<string, unknown>;
}): void {
  if (zodSchema === alternative) {
    jsonSchema.anyOf = ["agent", "performer", "model", "run", "output"].map((key) => ({ required: [key] }));
  }
  if (zodSchema === step) {
    jsonSchema.oneOf = [
      { required: ["template"], not: { anyOf: [{ required: ["agent"] }, { required: ["prompt"] }] } },
      { required: ["run"], not: { anyOf: [{ required: ["template"] }, { required: ["prompt"] }] } },
      { required: ["agent"], not: { anyOf: [{ required: ["run"] }, { required: ["template"] }] } },
    ];
    const properties = jsonSchema.properties as Record<string, Record<string, unknown>>;
    Object.assign(properties.forEach!, { minProperties: 1, maxProperties: 1 });
  }
}
