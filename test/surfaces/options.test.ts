import { describe, expect, test } from "vitest";
import { AbyssalError, createAbyssal, type ExecuteOptions } from "../../src/index.ts";

const abyssal = await createAbyssal({ env: {}, workingFolder: import.meta.dirname });
const PROGRAM = "ABYSSAL[RESEARCH]('caches')";
const plan = abyssal.plan(PROGRAM);

/** What is thrown, as code, place and hint. */
function faults(work: () => unknown): readonly (readonly unknown[])[] {
  try {
    work();
  } catch (error) {
    if (error instanceof AbyssalError)
      return error.diagnostics.map(({ code, place, hint }) => [code, place, hint]);
    throw error;
  }
  return [];
}

describe("an option for one run", () => {
  test.each<[string, unknown]>([
    ["timeoutMs", 0],
    ["timeoutMs", Number.NaN],
    ["timeoutMs", "5m"],
    ["maxConcurrency", 0],
    ["maxConcurrency", 10_001],
    ["maxConcurrency", 1.5],
    ["maxCostMicros", Number.NaN],
    ["maxCostMicros", -1],
    ["maxTokens", "100"],
    ["cache", "no"],
    ["signal", {}],
  ])("that cannot hold is refused, for texts and for plans: %s %o", (name, value) => {
    const options = { [name]: value } as ExecuteOptions;
    const refused = [["OPTION_INVALID", `options.${name}`, undefined]];
    for (const work of [
      () => abyssal.check(PROGRAM, options),
      () => abyssal.plan(PROGRAM, options),
      () => abyssal.start(PROGRAM, options),
      () => abyssal.start(plan, options),
    ])
      expect(faults(work)).toEqual(refused);
  });

  test("that is misspelt is refused with what was meant: a limit that nobody reads would be none", () => {
    const options = { maxCostMicro: 5, timeoutMs: -1 } as ExecuteOptions;
    expect(faults(() => abyssal.start(plan, options))).toEqual([
      ["OPTION_INVALID", "options.maxCostMicro", 'did you mean "maxCostMicros"?'],
      ["OPTION_INVALID", "options.timeoutMs", undefined],
    ]);
  });

  test("that is undefined counts as left out", () => {
    const options = { timeoutMs: undefined, maxTokens: undefined } as unknown as ExecuteOptions;
    expect(faults(() => abyssal.plan(PROGRAM, options))).toEqual([]);
  });
});

test("an option of createAbyssal that is misspelt is refused with what was meant", async () => {
  await expect(createAbyssal({ durabel: true } as object)).rejects.toMatchObject({
    diagnostics: [{ code: "OPTION_INVALID", place: "options.durabel", hint: 'did you mean "durable"?' }],
  });
});
