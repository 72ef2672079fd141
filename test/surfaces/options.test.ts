import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AbyssalError, createAbyssal, type ExecuteOptions } from "../../src/index.ts";
import { openPlanner, openService } from "../../src/surfaces/runtime.ts";

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
    ["source", 5],
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

test("an option of createAbyssal of another kind than its own is refused, and so are options that are none", async () => {
  for (const [options, places] of [
    [null, ["options"]],
    [[], ["options"]],
    [
      {
        workingFolder: 5,
        configFile: 5,
        config: 5,
        env: "x",
        templates: "x",
        performers: {},
        functions: [],
        tools: 1,
      },
      ["workingFolder", "configFile", "config", "env", "templates", "performers", "functions", "tools"],
    ],
    [
      {
        resolveHost: 5,
        merges: null,
        durable: "yes",
        learned: "nowhere",
        policy: { judge: () => [] },
        metrics: 1,
      },
      ["resolveHost", "merges", "durable", "learned", "policy", "metrics"],
    ],
    [{ inspect: 5, secrets: {}, clock: {}, ids: {} }, ["inspect", "secrets", "clock", "ids"]],
    [{ merges: { m: 1 }, tools: { t: { call: () => 1 } } }, ["tools.t", "merges.m"]],
  ] as [object, string[]][])
    await expect(createAbyssal(options)).rejects.toMatchObject({
      diagnostics: places.map((name) => ({
        code: "OPTION_INVALID",
        place: name === "options" ? name : `options.${name}`,
        expected: expect.any(String),
        got: expect.any(String),
      })),
    });
});

test("performers, functions and templates of createAbyssal that are none are refused, each at its place", async () => {
  const options = { performers: [{ name: "x" }], functions: { f: "x" }, templates: [5, null] } as object;
  await expect(createAbyssal(options)).rejects.toMatchObject({
    diagnostics: ["performers.0", "functions.f", "templates.0", "templates.1"].map((place) => ({
      code: "OPTION_INVALID",
      place: `options.${place}`,
    })),
  });
});

describe("what is to be read", () => {
  test.each([undefined, null, 5, [], {}])("is refused when it is no text: %o", async (given) => {
    const none = given as unknown as string;
    for (const work of [() => abyssal.check(none), () => abyssal.plan(none), () => abyssal.compile(none)])
      expect(faults(work)).toEqual([["OPTION_INVALID", "program", undefined]]);
    await expect(abyssal.executeBatch([PROGRAM, none])).rejects.toMatchObject({
      diagnostics: [{ code: "OPTION_INVALID", place: "commands.1", expected: "the text of a command" }],
    });
  });

  test("is refused with what was meant when it is a plan, or a text in place of a list of commands", async () => {
    const hint = "a plan has its text in `program`";
    expect(faults(() => abyssal.check(plan as never))).toEqual([["OPTION_INVALID", "program", hint]]);
    await expect(abyssal.executeBatch(PROGRAM as never)).rejects.toMatchObject({
      diagnostics: [{ code: "OPTION_INVALID", place: "commands" }],
    });
  });

  test.each([null, 5, []])("is refused when its options are none: %o", (given) => {
    const none = given as unknown as ExecuteOptions;
    for (const work of [() => abyssal.check(PROGRAM, none), () => abyssal.start(plan, none)])
      expect(faults(work)).toEqual([["OPTION_INVALID", "options", undefined]]);
  });
});

describe("what is to be run", () => {
  test("runs by the number of agents that its plan was made for, and another one is refused", async () => {
    const narrow = abyssal.plan("ABYSSAL[CODE]('a') & ABYSSAL[CODE]('b')", { maxConcurrency: 1 });
    expect(await abyssal.execute(narrow, { maxConcurrency: 1 })).toMatchObject({ status: "succeeded" });
    expect(faults(() => abyssal.start(narrow, { maxConcurrency: 2 }))).toEqual([
      ["OPTION_INVALID", "options.maxConcurrency", expect.stringContaining("plan the program with it")],
    ]);
  });

  test("may be a plan that was kept as JSON, and is refused once anything in it was changed", async () => {
    const kept = JSON.parse(JSON.stringify(plan)) as typeof plan;
    expect(await abyssal.execute(kept)).toMatchObject({ status: "succeeded", planHash: plan.hash });
    const [first, ...rest] = kept.nodes;
    for (const altered of [
      { ...kept, nodes: rest },
      { ...kept, nodes: [{ ...first!, priority: 9 }, ...rest] },
      { ...kept, id: "p_0" },
      { ...kept, hash: "0".repeat(64) },
    ])
      expect(faults(() => abyssal.start(altered as typeof plan))).toEqual([
        ["PLAN_ALTERED", altered.id, expect.stringContaining("compile it anew")],
      ]);
  });

  test.each([null, 5, undefined, {}, { hash: "0" }])(
    "is refused when it is neither a program nor a plan: %o",
    (given) => {
      const none = given as never;
      expect(faults(() => abyssal.start(none))).toEqual([["OPTION_INVALID", "program", undefined]]);
      for (const work of [
        () => abyssal.judge(none),
        () => abyssal.budgetsOf(none),
        () => abyssal.judgeBudgets(none),
      ])
        expect(faults(work)).toEqual([["OPTION_INVALID", "plan", undefined]]);
    },
  );

  test("has parameters that JSON can hold; what is undefined counts as left out", async () => {
    const circle: Record<string, unknown> = {};
    circle.itself = circle;
    const given = { topic: "x", a: circle, b: 1n, c: () => 1, d: undefined } as never;
    await expect(abyssal.executeWithParams("RESEARCH", given)).rejects.toMatchObject({
      diagnostics: ["a", "b", "c"].map((name) => ({ code: "OPTION_INVALID", place: `parameters.${name}` })),
    });
    const left = { topic: "x", depth: undefined } as never;
    expect(await abyssal.executeWithParams("RESEARCH", left)).toMatchObject({ status: "succeeded" });
  });
});

test("a working folder that is not there, or is a file, is refused before anything is read or made", async () => {
  const missing = join(import.meta.dirname, "nowhere", "at-all");
  for (const [workingFolder, got] of [
    [missing, `${missing} (ENOENT)`],
    [import.meta.filename, `${import.meta.filename}, which is a file`],
  ] as const)
    for (const open of [createAbyssal, openPlanner, openService])
      await expect(open({ workingFolder, env: {} })).rejects.toMatchObject({
        diagnostics: [
          {
            code: "OPTION_INVALID",
            place: "options.workingFolder",
            expected: "a folder that is there",
            got,
            hint: expect.any(String),
          },
        ],
      });
  expect(existsSync(missing)).toBe(false);
});
