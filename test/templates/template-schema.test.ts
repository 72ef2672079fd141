import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { agentKindJsonSchema, templateJsonSchema } from "../../src/templates/editor-schema.ts";
import { agentKindFile, templateFile } from "../../src/templates/template-schema.ts";

const TEMPLATES = `${import.meta.dirname}/../../templates`;

function text(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

// When the zod schemas change on purpose: npx vitest run test/templates/template-schema.test.ts -u
describe("the JSON Schemas that are shipped for editors", () => {
  test("the template's schema is the one generated from zod", async () => {
    await expect(text(templateJsonSchema())).toMatchFileSnapshot(`${TEMPLATES}/template.schema.json`);
  });

  test("the agent kind's schema is the one generated from zod", async () => {
    await expect(text(agentKindJsonSchema())).toMatchFileSnapshot(`${TEMPLATES}/agent-kind.schema.json`);
  });

  test("a step's schema asks for exactly one kind of work and one loop variable", () => {
    const step = stepSchema();
    expect(step.oneOf).toHaveLength(3);
    expect(step.properties.forEach).toMatchObject({ minProperties: 1, maxProperties: 1 });
  });

  test("read back as a validator, the schema accepts every shipped file and refuses a misspelt key", () => {
    const fromSchema = z.fromJSONSchema(withoutStepKinds());
    for (const name of readdirSync(TEMPLATES).filter((file) => file.endsWith(".yaml"))) {
      const value: unknown = parse(readFileSync(`${TEMPLATES}/${name}`, "utf8"));
      expect(fromSchema.safeParse(value).error, name).toBeUndefined();
      expect(templateFile.safeParse(value).error, name).toBeUndefined();
      expect(fromSchema.safeParse({ ...(value as object), desciption: "x" }).success).toBe(false);
    }
    for (const name of readdirSync(`${TEMPLATES}/agents`)) {
      const value: unknown = parse(readFileSync(`${TEMPLATES}/agents/${name}`, "utf8"));
      expect(agentKindFile.safeParse(value).error, name).toBeUndefined();
    }
  });
});

type StepSchema = { oneOf?: unknown[]; properties: Record<string, Record<string, unknown>> };

function stepSchema(schema: Record<string, unknown> = templateJsonSchema()): StepSchema {
  const { properties } = schema as { properties: { steps: { additionalProperties: StepSchema } } };
  return properties.steps.additionalProperties;
}

/** zod reads no `not` beside `required`: the alternatives are judged by the loader's own tests. */
function withoutStepKinds(): Parameters<typeof z.fromJSONSchema>[0] {
  const schema = structuredClone(templateJsonSchema());
  delete stepSchema(schema).oneOf;
  return schema as Parameters<typeof z.fromJSONSchema>[0];
}
