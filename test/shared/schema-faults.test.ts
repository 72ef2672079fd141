import { expect, test } from "vitest";
import { z } from "zod";
import { schemaFaults } from "../../src/shared/schema-faults.ts";

function faultsOf(schema: z.ZodType, value: unknown): string {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error("nothing is wrong with it");
  return schemaFaults(parsed.error);
}

test("what breaks a schema is one line, each fault with its place", () => {
  const schema = z.strictObject({ list: z.array(z.strictObject({ kind: z.enum(["a", "b"]) })) });
  expect(faultsOf(schema, { list: [{ kind: "c" }, { kind: "a", "odd key": 1 }] })).toBe(
    'list[0].kind: expected one of "a"|"b"; list[1]: Unrecognized key: "odd key"',
  );
  expect(faultsOf(schema, "x")).toBe("expected object, received string");
});

test("of very many faults the first are told, and how many more there are", () => {
  const told = faultsOf(z.array(z.number()), Array(20).fill("x"));
  expect(told).toMatch(/^\[0\]: expected number, received string; .*\[11\]: [^;]*; and 8 more$/);
});
