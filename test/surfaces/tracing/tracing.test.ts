import { SpanStatusCode, trace } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AbyssalOptions, createAbyssal, type Performer } from "../../../src/index.ts";
import { HIDDEN } from "../../../src/shared/secrets.ts";
import { isTraced } from "../../../src/surfaces/tracing/tracing.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const CANARY = "canary-of-the-tracing";
const PAIR = `
name: PAIR
version: 1.0.0
description: A model and a command
category: test
steps:
  ask: { agent: researcher, prompt: "with ${CANARY}", retry: { attempts: 2, backoff: none } }
  after: { needs: [ask], agent: tester, run: { performer: other } }
`;

let exporter: InMemorySpanExporter;
let calls: number;

beforeEach(() => {
  calls = 0;
  exporter = new InMemorySpanExporter();
});
afterEach(() => trace.disable());

const setUp = () =>
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );

const usage = { calls: 1, inputTokens: 7, outputTokens: 3, costMicros: 1 };
const done = { kind: "completed", output: CANARY, confidence: { value: 1, source: "declared" } } as const;
const failed = (message: string) =>
  ({ kind: "failed", failure: { code: "MODEL_UNAVAILABLE", message, retryable: true }, usage }) as const;

const open = (
  model: Performer["perform"],
  other: Performer["perform"] = async () => done,
  more: Partial<AbyssalOptions> = {},
) =>
  createAbyssal({
    workingFolder: temporaryFolder(),
    env: { SOME_TOKEN: CANARY },
    config: { model: "openai/gpt-test" },
    templates: [PAIR],
    performers: [
      { name: "model", perform: model },
      { name: "other", perform: other },
    ],
    ...more,
  });

const spansNamed = (name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === name);

// First in the file: later tests load it.
test("where nobody has set up tracing, nothing is made of a run", async () => {
  expect(isTraced()).toBe(false);
  const abyssal = await open(async () => done);
  await abyssal.execute("ABYSSAL[PAIR]()");
  expect(exporter.getFinishedSpans()).toEqual([]);
});

test("a run, its agents and its model calls are spans within each other, by the names of the conventions (T2)", async () => {
  setUp();
  const abyssal = await open(async () => (++calls === 1 ? failed(`refused ${CANARY}`) : { ...done, usage }));
  const { runId, planHash } = await abyssal.execute("ABYSSAL[PAIR]()");
  const [run] = spansNamed("invoke_workflow abyssal");
  expect(run!.attributes).toEqual({
    "gen_ai.operation.name": "invoke_workflow",
    "abyssal.run.id": runId,
    "abyssal.plan.hash": planHash,
    "abyssal.run.resumed": false,
    "abyssal.run.status": "succeeded",
  });
  const [researcher] = spansNamed("invoke_agent researcher");
  expect(researcher!.attributes).toMatchObject({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "researcher",
    "gen_ai.agent.id": "pair/ask",
    "gen_ai.usage.input_tokens": 14,
    "gen_ai.usage.output_tokens": 6,
    "abyssal.agent.status": "succeeded",
  });
  expect(spansNamed("invoke_agent tester")).toHaveLength(1);
  const chats = spansNamed("chat gpt-test");
  expect(chats.map(({ attributes, status }) => [attributes["abyssal.attempt"], status.code])).toEqual([
    [1, SpanStatusCode.ERROR],
    [2, SpanStatusCode.UNSET],
  ]);
  expect(chats[0]).toMatchObject({
    attributes: { "gen_ai.provider.name": "openai", "error.type": "MODEL_UNAVAILABLE" },
    status: { message: `refused ${HIDDEN}` },
  });
  expect(chats.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
    chats.map(() => researcher!.spanContext().spanId),
  );
  expect(researcher!.parentSpanContext?.spanId).toBe(run!.spanContext().spanId);
  expect(new Set(exporter.getFinishedSpans().map((span) => span.spanContext().traceId)).size).toBe(1);
});

test("nothing that agents were given or made is in a span (T3)", async () => {
  setUp();
  const abyssal = await open(async () => done);
  await abyssal.execute("ABYSSAL[PAIR]()");
  const told = exporter
    .getFinishedSpans()
    .map(({ name, attributes, status, events }) => ({ name, attributes, status, events }));
  expect(told.length).toBeGreaterThan(3);
  expect(JSON.stringify(told)).not.toContain(CANARY);
});

test("a run that is cancelled, or let go, leaves no span open (T1)", async () => {
  setUp();
  for (const leave of ["cancel", "close"] as const) {
    exporter.reset();
    const entered = Promise.withResolvers<void>();
    const abyssal = await open(
      (_, { signal }) =>
        new Promise((resolve) => {
          entered.resolve();
          signal.addEventListener("abort", () => resolve(failed("stopped")));
        }),
      undefined,
      { durable: true },
    );
    const run = abyssal.start("ABYSSAL[PAIR]()");
    const over = run.result.catch(() => {});
    await entered.promise;
    if (leave === "cancel") await run.cancel();
    else abyssal.close();
    await over;
    await new Promise((resolve) => setImmediate(resolve));
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(
      expect.arrayContaining(["chat gpt-test", "invoke_agent researcher", "invoke_workflow abyssal"]),
    );
    abyssal.close();
  }
});
