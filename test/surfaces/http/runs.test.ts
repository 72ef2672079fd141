import { expect, test } from "vitest";
import type { Problem } from "../../../src/surfaces/http/problem.ts";
import { completed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { codeOf, frames, server } from "./http-harness.ts";

const JSON_BODY = { "content-type": "application/json" };

test("a program that is sent runs, and its status is its result once it has ended", async () => {
  const { ask, start } = await server();
  const runId = await start("ABYSSAL[PAIR]()");
  expect((await ask(`/status/${runId}`)).json).toMatchObject({ runId, agents: 2 });
  const waited = await ask("/execute?wait=30", {
    method: "POST",
    body: { template: "PAIR", parameters: { topic: "x" } },
  });
  expect(waited.status).toBe(200);
  expect(waited.json).toMatchObject({
    status: "succeeded",
    program: 'ABYSSAL[PAIR](topic="x")',
    waitingFor: [],
    result: { status: "succeeded", results: [{ path: "pair/first" }, { path: "pair/second" }] },
  });
  expect((await ask("/runs")).json).toMatchObject({
    runs: [{ status: "succeeded" }, { runId }],
    next: null,
  });
});

test("D1 a run that was promised is run by the next server when the first one goes (D4)", async () => {
  const scripted = new ScriptedPerformer().script("pair/first", "hold");
  const first = await server({ scripted, config: { server: { drainSeconds: 0, maxRunningRuns: 1 } } });
  const running = await first.start("ABYSSAL[PAIR]()");
  await scripted.called("pair/first");
  const waiting = await first.start("ABYSSAL[PAIR]()");
  expect((await first.ask(`/status/${waiting}`)).json).toMatchObject({ status: "queued" });
  await first.serving.close();

  const second = await server({ folder: first.folder });
  expect(second.serving.recovered).toBe(2);
  for (const runId of [running, waiting]) {
    const events = await frames(second.serving.url, `/runs/${runId}/events`);
    expect(events.at(-1)!.data).toMatchObject({ type: "result", result: { status: "succeeded" } });
    expect(events.filter(({ data }) => data.type === "run.ended")).toHaveLength(1);
  }
});

test("D2 runs beyond the queue are refused with a time to come again, and what was promised is kept", async () => {
  const scripted = new ScriptedPerformer().script("pair/first", "hold");
  const { ask, start } = await server({
    scripted,
    config: { server: { maxRunningRuns: 1, maxQueuedRuns: 1, drainSeconds: 0 } },
  });
  await start("ABYSSAL[PAIR]()");
  await scripted.called("pair/first");
  const queued = await start("ABYSSAL[PAIR]()");
  const refused = await ask("/execute", { method: "POST", body: { command: "ABYSSAL[PAIR]()" } });
  expect([refused.status, codeOf(refused), refused.headers["retry-after"]]).toEqual([429, "QUEUE_FULL", "1"]);
  expect((await ask(`/status/${queued}`)).json).toMatchObject({ status: "queued" });
  expect((await ask("/readyz")).json).toMatchObject({ status: "ready", queued: 1, running: 1 });
});

test("D5 the same idempotency key is the same run, also for the next server, and another request under it is refused", async () => {
  const first = await server();
  const body = { command: "ABYSSAL[PAIR]()" };
  const headers = { "idempotency-key": "order-17" };
  const one = await first.ask("/execute?wait=30", { method: "POST", body, headers });
  const again = await first.ask("/execute", { method: "POST", body, headers });
  const { runId } = one.json as { runId: string };
  expect(again.json).toMatchObject({ runId, repeated: true });
  const both = await Promise.all(
    [1, 2].map(() =>
      first.ask("/execute", { method: "POST", body, headers: { "idempotency-key": "at-once" } }),
    ),
  );
  expect(new Set(both.map(({ json }) => (json as { runId: string }).runId)).size).toBe(1);
  expect(both.filter(({ json }) => (json as { repeated: boolean }).repeated)).toHaveLength(1);
  await first.serving.close();

  const second = await server({ folder: first.folder });
  expect((await second.ask("/execute", { method: "POST", body, headers })).json).toMatchObject({
    runId,
    repeated: true,
  });
  const other = await second.ask("/execute", {
    method: "POST",
    body: { command: "ABYSSAL[PAIR](topic='other')" },
    headers,
  });
  expect([other.status, codeOf(other)]).toEqual([409, "IDEMPOTENCY_CONFLICT"]);
});

test("an agent that waits for a person is approved over HTTP; a run that waits for one holds no place", async () => {
  const { ask, start, scripted, serving } = await server({ config: { server: { maxRunningRuns: 1 } } });
  const runId = await start("ABYSSAL[ASKS]()");
  const path = `/runs/${runId}/events`;
  await frames(serving.url, path, { until: ({ data }) => data.type === "run.suspended" });
  expect((await ask(`/status/${runId}`)).json).toMatchObject({
    status: "suspended",
    waitingFor: [{ path: "asks/act", asks: "approval" }],
  });
  expect(
    (await ask("/execute?wait=30", { method: "POST", body: { command: "ABYSSAL[PAIR]()" } })).status,
  ).toBe(200);
  const decide = (body: unknown) => ask(`/runs/${runId}/approve`, { method: "POST", body });
  const wrong = await decide({ path: "asks/ct", approved: true });
  expect([wrong.status, codeOf(wrong)]).toEqual([409, "APPROVAL_UNKNOWN"]);
  // It is asked before its work, so no attempt of it has asked anything.
  const ofAnother = await decide({ path: "asks/act", askedBy: 1, approved: true });
  expect([ofAnother.status, codeOf(ofAnother)]).toEqual([409, "APPROVAL_UNKNOWN"]);
  expect(scripted.performed).not.toContain("asks/act#1");
  expect((await decide({ path: "asks/act", askedBy: 0, approved: true })).status).toBe(202);
  const events = await frames(serving.url, path);
  expect(events.at(-1)!.data).toMatchObject({
    result: { status: "succeeded", results: [{ path: "asks/act", decided: { by: "local" } }] },
  });
});

test("a run is cancelled wherever it stands: at work, in the queue; one that has ended is not", async () => {
  const scripted = new ScriptedPerformer().script("pair/first", "hold", completed());
  const { ask, start, serving } = await server({ scripted, config: { server: { maxRunningRuns: 1 } } });
  const running = await start("ABYSSAL[PAIR]()");
  const call = await scripted.called("pair/first");
  const queued = await start("ABYSSAL[PAIR]()");
  for (const runId of [queued, running])
    expect((await ask(`/runs/${runId}/cancel`, { method: "POST", body: { reason: "enough" } })).status).toBe(
      202,
    );
  await call.aborted;
  for (const runId of [queued, running]) {
    const events = await frames(serving.url, `/runs/${runId}/events`);
    const { result } = events.at(-1)!.data as { result?: { status: string; reasons: { message: string }[] } };
    expect([result?.status, result?.reasons[0]?.message]).toEqual(["cancelled", "enough"]);
    const late = await ask(`/runs/${runId}/cancel`, { method: "POST" });
    expect([late.status, codeOf(late)]).toEqual([409, "RUN_ENDED"]);
  }
});

test("a request that cannot be is told with its place, what was expected and what stood there", async () => {
  const { ask } = await server();
  const found = async (body: unknown): Promise<unknown> =>
    (await ask("/execute", { method: "POST", body, headers: JSON_BODY })).json;
  expect(await found({ command: "x", option: {} })).toMatchObject({
    detail: 'body.option: there is no member "option" here',
    diagnostics: [
      {
        place: "body.option",
        expected: "one of command, template, parameters, options",
        got: "option",
        hint: 'did you mean "options"?',
      },
    ],
  });
  expect(await found({ command: "x", options: { timeoutMs: "1s", timeout: 1 } })).toMatchObject({
    diagnostics: [
      { place: "body.options.timeoutMs", expected: "a number", got: 'the string "1s"' },
      { place: "body.options.timeout", hint: 'did you mean "timeoutMs"?' },
    ],
  });
  expect(await found([])).toMatchObject({
    diagnostics: [{ place: "body", expected: "an object", got: "an array of 0" }],
  });
  expect(await found({})).toMatchObject({
    diagnostics: [{ place: "body", expected: "either command or template", got: "an object" }],
  });
});

test("input that is not valid is told as a problem with every diagnostic, and nothing is started", async () => {
  const { ask } = await server({ config: { server: { bodyLimit: "1MB" } } });
  const post = (body: unknown, headers: Record<string, string> = JSON_BODY) =>
    ask("/execute", { method: "POST", body, headers });
  const cases = [
    [await post({ command: "ABYSSAL[PIAR]()" }), 422, "TEMPLATE_UNKNOWN"],
    [await post({ command: "ABYSSAL[PAIR](" }), 422, "DSL_UNCLOSED"],
    [await post('{"command": '), 400, "BODY_SYNTAX"],
    [await post({ command: "ABYSSAL[PAIR]()", option: {} }), 400, "REQUEST_INVALID"],
    [await post({ command: "ABYSSAL[PAIR]()", options: { maxConcurrency: 0 } }), 400, "REQUEST_INVALID"],
    [await post({}), 400, "REQUEST_INVALID"],
    [await post({ command: "x", template: "y" }), 400, "REQUEST_INVALID"],
    [await post("x".repeat(1_100_000)), 413, "BODY_TOO_LARGE"],
    [await post("command=x", { "content-type": "text/plain" }), 415, "BODY_TYPE"],
    [await ask("/status/r_nobody"), 404, "RUN_UNKNOWN"],
    [await ask("/runs/r_nobody/events"), 404, "RUN_UNKNOWN"],
    [await ask("/templates/PIAR"), 404, "TEMPLATE_UNKNOWN"],
    [await ask("/nothing"), 404, "ROUTE_UNKNOWN"],
    [await ask("/runs?limit=many"), 400, "REQUEST_INVALID"],
    [await ask("/status/%"), 400, "ADDRESS_INVALID"],
  ] as const;
  expect(cases.map(([answer]) => [answer.status, codeOf(answer)])).toEqual(
    cases.map(([, status, code]) => [status, code]),
  );
  expect((await ask("/runs")).json).toEqual({ runs: [], next: null });
});

test("a body that is no JSON is told with the line and column of the fault", async () => {
  const { ask } = await server();
  const refused = async (body: string) => {
    const { status, json } = await ask("/execute", { method: "POST", body, headers: JSON_BODY });
    const { code, detail, diagnostics } = json as Problem;
    expect({ status, code }).toEqual({ status: 400, code: "BODY_SYNTAX" });
    expect(detail).toBe(`${diagnostics![0]!.place}: the body is not JSON: ${diagnostics![0]!.got}`);
    return [diagnostics![0]!.place, diagnostics![0]!.got];
  };
  expect(await refused('{\n  "command": "x",\n}')).toEqual([
    "body:3:1",
    "Expected double-quoted property name",
  ]);
  expect(await refused("{'command': 'x'}")).toEqual(["body:1:2", "Expected property name or '}'"]);
  expect(await refused('{"command": ')).toEqual(["body", "Unexpected end of JSON input"]);
  expect(await refused('{"command": oops}')).toEqual([
    "body",
    expect.stringContaining("Unexpected token 'o'"),
  ]);
  expect(await refused("")).toEqual(["body", "nothing"]);
  expect(await refused('{"__proto__": {}}')).toEqual(["body", expect.stringContaining("__proto__")]);
});

test("a plan is shown and nothing runs", async () => {
  const { ask, scripted } = await server();
  const { status, json } = await ask(`/plan?command=${encodeURIComponent("ABYSSAL[PAIR]()")}`);
  expect(status).toBe(200);
  expect(json).toMatchObject({ plan: { program: "ABYSSAL[PAIR]()", roots: ["pair"] }, warnings: [] });
  expect(scripted.calls).toEqual([]);
});

test("P1 the answer of a run that another server has driven is the same, however many ask for it, and still tells no secret", async () => {
  const scripted = new ScriptedPerformer().script("keeps/first", {
    kind: "completed",
    output: "it was hunter2hunter2",
    confidence: { value: 1, source: "checked" },
  });
  const first = await server({ scripted });
  const command = 'ABYSSAL[KEEPS](password="hunter2hunter2")';
  const { json, text } = await first.ask("/execute?wait=30", { method: "POST", body: { command } });
  const { runId } = json as { runId: string };
  expect(text).toContain("it was [redacted]");
  await first.serving.close();

  const second = await server({ folder: first.folder });
  const answers = await Promise.all([1, 2, 3].map(() => second.ask(`/status/${runId}`)));
  for (const answer of answers) expect([answer.status, answer.text]).toEqual([200, text]);
  expect((await second.ask("/status/r_none")).status).toBe(404);
});
