import { describe, expect, test } from "vitest";
import type { GuardAccess } from "../../../src/actors/ports.ts";
import type { Answer, AskModel, Question, ToolCall } from "../../../src/performers/model/question.ts";
import { runToolLoop, type ToolTerms } from "../../../src/performers/model/tool-loop.ts";
import type { Tool, ToolResult } from "../../../src/performers/tools/tool.ts";
import type { Autonomy } from "../../../src/shared/autonomy.ts";
import type { Json, JsonObject } from "../../../src/shared/json.ts";

const USAGE = { calls: 1, inputTokens: 10, outputTokens: 2, costMicros: 3 };

/** A model that says these things, one after the other, and is remembered for what it was asked. */
function saying(...answers: readonly (string | readonly Omit<ToolCall, "id">[])[]) {
  const asked: Question[] = [];
  const ask: AskModel = async (question): Promise<Answer> => {
    const answer = answers[asked.length] ?? "nothing more";
    asked.push(question);
    if (typeof answer === "string") return { kind: "text", text: answer, usage: USAGE };
    const calls = answer.map((call, index) => ({ id: `${asked.length}.${index}`, ...call }));
    return { kind: "calls", text: "", calls, usage: USAGE };
  };
  return { ask, asked };
}

function toolNamed(name: string, more: Partial<Tool> = {}) {
  const made: Json[] = [];
  const tool: Tool = {
    name,
    description: "Does it.",
    inputSchema: { type: "object", properties: { n: { type: "number" } }, additionalProperties: false },
    access: "read",
    call: async (input): Promise<ToolResult> => {
      made.push(input);
      return { kind: "done", text: `done ${made.length}`, tainted: false };
    },
    ...more,
  };
  return { tool, made };
}

const QUESTION: Question = {
  system: "You work.",
  messages: [{ role: "user", content: "Do it." }],
  schema: null,
};

function loop(
  ask: AskModel,
  tools: readonly Tool[],
  { autonomy = "high", stepsMax = 5 }: { autonomy?: Autonomy; stepsMax?: number } = {},
  resumed?: Parameters<typeof runToolLoop>[4],
  signal = new AbortController().signal,
) {
  const terms: ToolTerms = {
    tools,
    sight: { autonomy, isTainted: false, trust: { hosts: [], text: "" }, folders: ["/work"] },
    stepsMax,
  };
  const context = { runId: "r_1", signal, idempotencyKey: "r_1/a#1", emit: () => {} };
  return runToolLoop(ask, QUESTION, terms, context, resumed);
}

describe("a model with tools", () => {
  test("is shown what its calls gave, in their order, until it answers; all of it counts", async () => {
    const { tool, made } = toolNamed("function:add");
    const { ask, asked } = saying(
      [
        { name: "function_add", input: { n: 1 } },
        { name: "function_add", input: { n: 2 } },
      ],
      "3",
    );
    const end = await loop(ask, [tool]);
    expect(end).toMatchObject({
      kind: "text",
      text: "3",
      usage: { calls: 2, inputTokens: 20, outputTokens: 4, costMicros: 6 },
      isTainted: false,
    });
    expect(made).toEqual([{ n: 1 }, { n: 2 }]);
    expect(asked[1]!.messages.at(-1)).toMatchObject({
      role: "tool",
      results: [
        { id: "1.0", text: "done 1", isError: false },
        { id: "1.1", text: "done 2", isError: false },
      ],
    });
    expect(asked[0]!.tools).toMatchObject([{ name: "function_add" }]);
  });

  test("is told what is wrong with a call, and nothing is called: name, arguments (L1)", async () => {
    const { tool, made } = toolNamed("function:add");
    const { ask, asked } = saying(
      [
        { name: "function_ad", input: {} },
        { name: "function_add", input: { n: "one" } },
        { name: "function_add", input: "{no json" },
        { name: "function_add", input: { n: 1, other: true } },
      ],
      "sorry",
    );
    await loop(ask, [tool]);
    expect(made).toEqual([]);
    const results = asked[1]!.messages.at(-1) as Extract<Question["messages"][number], { role: "tool" }>;
    expect(results.results.map(({ text, isError }) => [text.split(":")[0], isError])).toEqual([
      ["TOOL_NOT_ALLOWED", true],
      ["TOOL_ARGUMENTS", true],
      ["TOOL_ARGUMENTS", true],
      ["TOOL_ARGUMENTS", true],
    ]);
    expect(results.results[0]!.text).toContain("did you mean function_add?");
  });

  test("goes on where a tool fails or throws", async () => {
    const { tool } = toolNamed("function:add", {
      call: () => Promise.reject(new Error("out of order")),
    });
    const { ask, asked } = saying([{ name: "function_add", input: {} }], "without it, then");
    expect(await loop(ask, [tool])).toMatchObject({ kind: "text", isTainted: true });
    expect(JSON.stringify(asked[1]!.messages.at(-1))).toContain("TOOL_CRASHED: function:add: out of order");
  });

  test("is stopped after so many answers (L4)", async () => {
    const { tool, made } = toolNamed("function:add");
    const again = [{ name: "function_add", input: {} }];
    const { ask, asked } = saying(again, again, again, again);
    const end = await loop(ask, [tool], { stepsMax: 3 });
    expect(end).toMatchObject({
      kind: "failed",
      failure: { code: "TOOL_STEPS_EXCEEDED" },
      usage: { calls: 3 },
    });
    expect([asked.length, made.length]).toEqual([3, 3]);
  });

  test("calls nothing more once it is told to stop (L3)", async () => {
    const controller = new AbortController();
    const { tool, made } = toolNamed("function:add", {
      call: async () => {
        made.push(null);
        controller.abort();
        return { kind: "done", text: "", tainted: false };
      },
    });
    const call = { name: "function_add", input: {} };
    const { ask, asked } = saying([call, call], "late");
    const end = await loop(ask, [tool], {}, undefined, controller.signal);
    expect(end).toMatchObject({ kind: "failed", failure: { code: "CANCELLED" } });
    expect([asked.length, made.length]).toEqual([1, 1]);
  });

  test.each([
    ["low", "read", true],
    ["low", "write", true],
    ["medium", "read", false],
    ["medium", "write", true],
    ["high", "write", false],
  ] as const)(
    "with autonomy %s, a call that may %s is asked for: %s (D2)",
    async (autonomy, access, asks) => {
      const { tool, made } = toolNamed("function:add", { access });
      const { ask } = saying([{ name: "function_add", input: {} }], "done");
      const end = await loop(ask, [tool], { autonomy });
      expect(end.kind).toBe(asks ? "asks" : "text");
      expect(made.length).toBe(asks ? 0 : 1);
    },
  );

  test("makes the very call that a person was shown, once, and asks for the next one anew (L2)", async () => {
    const { tool, made } = toolNamed("function:add");
    const { ask, asked } = saying(
      [
        { name: "function_add", input: { n: 1 } },
        { name: "function_add", input: { n: 2 } },
      ],
      "both",
    );
    const first = await loop(ask, [tool], { autonomy: "low" });
    if (first.kind !== "asks") throw new Error(first.kind);
    expect(first.question).toContain("May it call function:add?");
    expect(first.question).toContain('"n": 1');
    // What outlives the process is plain JSON.
    const state = JSON.parse(JSON.stringify(first.state)) as Json;
    const second = await loop(ask, [tool], { autonomy: "low" }, { state, approved: true });
    if (second.kind !== "asks") throw new Error(second.kind);
    expect(made).toEqual([{ n: 1 }]);
    expect(second.question).toContain('"n": 2');
    const last = await loop(
      ask,
      [tool],
      { autonomy: "low" },
      { state: second.state, approved: false, by: "ann" },
    );
    expect(last).toMatchObject({ kind: "text", text: "both" });
    expect(made).toEqual([{ n: 1 }]);
    expect(asked).toHaveLength(2);
    expect(JSON.stringify(asked[1]!.messages.at(-1))).toContain(
      "TOOL_REJECTED: the call of function:add was rejected by ann",
    );
  });

  test("of a foreign server has seen outside text before it says a word", async () => {
    const { tool } = toolNamed("mcp:s/t", { isForeign: true });
    const { ask } = saying("done");
    expect(await loop(ask, [tool])).toMatchObject({ kind: "text", isTainted: true });
  });

  test("cannot take one tool for another: names are unique, whatever servers call theirs", async () => {
    const one = toolNamed("files.write");
    const other = toolNamed("mcp:files/write", { name: "files-write" });
    const { ask, asked } = saying([{ name: "files_write", input: {} }], "done");
    await loop(ask, [one.tool, other.tool]);
    expect(asked[0]!.tools!.map(({ name }) => name)).toEqual(["files_write", "files_write_2"]);
    expect([one.made.length, other.made.length]).toEqual([1, 0]);
  });
});

test("a call passes the guards of what it reaches, which hear how it ended; one that they refuse is not made (L5)", async () => {
  const resources = ({ n }: JsonObject) => [`host:${n}`];
  const { tool, made } = toolNamed("http.get", { resources });
  const broken = toolNamed("http.send", {
    resources,
    call: async () => {
      throw new Error("down");
    },
  });
  const call = (name: string, n: number) => ({ name, input: { n } });
  const { ask, asked } = saying([call("http_get", 1), call("http_get", 2), call("http_send", 3)], "Said.");
  const told: unknown[] = [];
  const guards: GuardAccess = {
    enter: async ([resource]) => {
      if (resource === "host:2") return { code: "BREAKER_OPEN", message: "closed for now", retryable: true };
      return { leave: (failure) => told.push([resource, failure?.code ?? null]) };
    },
  };
  const terms: ToolTerms = {
    tools: [tool, broken.tool],
    sight: { autonomy: "high", isTainted: false, trust: { hosts: [], text: "" }, folders: ["/work"] },
    stepsMax: 5,
  };
  const context = {
    runId: "r_1",
    signal: new AbortController().signal,
    idempotencyKey: "k",
    emit: () => {},
    guards,
  };
  expect(await runToolLoop(ask, QUESTION, terms, context)).toMatchObject({ kind: "text", text: "Said." });
  expect(made).toEqual([{ n: 1 }]);
  expect(told).toEqual([
    ["host:1", null],
    ["host:3", "TOOL_CRASHED"],
  ]);
  expect(JSON.stringify(asked[1]!.messages.at(-1))).toContain("BREAKER_OPEN: closed for now");
});
