import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunLine } from "../../../src/surfaces/dashboard/model/api.ts";
import {
  EventParser,
  followStream,
  type StreamPorts,
} from "../../../src/surfaces/dashboard/model/event-stream.ts";
import { formValues } from "../../../src/surfaces/dashboard/model/form-values.ts";
import { HistoryFeed, RUNS_KEPT } from "../../../src/surfaces/dashboard/model/history-feed.ts";
import { parseMarkdown, safeAddress } from "../../../src/surfaces/dashboard/model/markdown.ts";
import { hasEnded, type Phase } from "../../../src/surfaces/dashboard/model/phase.ts";
import { traceAnswer } from "../../../src/surfaces/dashboard/model/provenance.ts";
import { addressOf, type Route, routeOf } from "../../../src/surfaces/dashboard/model/route.ts";
import { RunModel, type ServerEvent } from "../../../src/surfaces/dashboard/model/run-model.ts";
import { Series } from "../../../src/surfaces/dashboard/model/series.ts";
import { ticks, withRoom } from "../../../src/surfaces/dashboard/model/time-scale.ts";
import type { Parameter } from "../../../src/templates/template.ts";
import { planOf, registryOf } from "../../support/compile.ts";
import { SEA_FLOOR } from "./sea-floor.ts";

const plan = planOf("ABYSSAL[SURVEY](['Tonga', 'Yap'])", registryOf(SEA_FLOOR), {
  performers: ["field", "hostile"],
});

function modelOf(events: readonly ServerEvent[]): RunModel {
  const model = new RunModel();
  model.apply({ type: "plan", runId: "r_1", atMs: 0, plan });
  for (const event of events) model.apply(event);
  return model;
}

const agents = plan.nodes.filter(({ kind }) => kind === "agent").map(({ path }) => path);

const event: fc.Arbitrary<ServerEvent> = fc
  .tuple(
    fc.constantFrom(...agents, "survey/region.9/sample.3"),
    fc.constantFrom("ready", "running", "backingOff", "held", "stopping", "succeeded", "failed", "skipped"),
    fc.integer({ min: 1, max: 9 }),
    fc.nat(1_000),
  )
  .map(([path, what, attempt, atMs]) =>
    hasEnded(what as Phase)
      ? ({ type: "agent.ended", path, status: what, durationMs: 1, atMs } as ServerEvent)
      : ({ type: `agent.${what}`, path, attempt, untilMs: 0, failure: null, atMs } as ServerEvent),
  );

test("P2 the counts are those of the agents' states, and what is in use is what those at work hold", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      const model = modelOf(events);
      for (const [phase, count] of Object.entries(model.counts))
        expect(model.nodes.filter((node) => node.kind === "agent" && node.phase === phase).length).toBe(
          count,
        );
      const atWork = model.nodes.filter(
        ({ kind, phase }) => kind === "agent" && (phase === "running" || phase === "stopping"),
      );
      expect(model.inUse.agents).toBe(atWork.length);
      for (const { spans, phase } of model.nodes)
        if (phase !== "running" && phase !== "stopping")
          expect(spans.every(({ endMs }) => endMs !== null)).toBe(true);
      const root = model.roots[0]!;
      expect(root.below.ended).toBeLessThanOrEqual(root.below.agents * events.length);
    }),
  );
});

test("the end of what holds several commands together adds nothing to the tree", () => {
  const model = modelOf([{ type: "group.ended", path: "", status: "succeeded", atMs: 1 }]);
  expect(model.nodes.map(({ path }) => path)).toEqual(plan.nodes.map(({ path }) => path));
});

test("P3 an agent that the plan does not have stands below the nearest node that is there", () => {
  const model = modelOf([{ type: "agent.ready", path: "survey/region.9/sample.3", atMs: 1 }]);
  const node = model.node("survey/region.9/sample.3")!;
  expect(node.parent?.path).toBe("survey/region");
  expect(node.plan).toBeNull();
  expect(model.agents).toBe(agents.length + 1);
});

test("E1 a stream gives the same events wherever it is cut (P1)", () => {
  const frames = Array.from(
    { length: 20 },
    (_, index) => `id: ${index}.0\ndata: {"n":${index}}\n\n: beat\n\n`,
  ).join("");
  const whole = new EventParser().push(frames);
  expect(whole.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}.0`));
  fc.assert(
    fc.property(fc.array(fc.nat(frames.length), { maxLength: 12 }), (cuts) => {
      const parser = new EventParser();
      const edges = [0, ...cuts.sort((a, b) => a - b), frames.length];
      expect(edges.slice(1).flatMap((end, index) => parser.push(frames.slice(edges[index], end)))).toEqual(
        whole,
      );
    }),
  );
});

test("a broken stream is opened again after the last event that came, waiting longer each time, until it is whole", async () => {
  const opened: (string | null)[] = [];
  const waited: number[] = [];
  const got: string[] = [];
  const answers: (string | Error)[] = [
    "id: 1.0\ndata: a\n\nid: 1.1\nda",
    new Error("gone"),
    new Error("gone"),
    "id: 1.1\ndata: b\n\n",
  ];
  const ports: StreamPorts = {
    open: async (lastId) => {
      opened.push(lastId);
      const answer = answers.shift()!;
      if (answer instanceof Error) throw answer;
      return new Response(answer).body!;
    },
    received: (events) => got.push(...events.map(({ data }) => data)),
    changed: () => {},
    isWhole: () => got.includes("b"),
    wait: async (ms) => void waited.push(ms),
  };
  await followStream(ports, new AbortController().signal);
  expect(got).toEqual(["a", "b"]);
  expect(opened).toEqual([null, "1.0", "1.0", "1.0"]);
  expect(waited).toEqual([500, 1_000, 2_000]);
});

test("S1 a series stays within its bound, keeps its last state, and its times never fall (S2)", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(9)), { minLength: 1, maxLength: 5_000 }), (steps) => {
      const series = new Series(1);
      let atMs = 0;
      for (const [gap, value] of steps) {
        atMs += gap;
        series.add(atMs, [value]);
      }
      expect(series.times.length).toBeLessThanOrEqual(801);
      expect(series.times.every((time, index) => index === 0 || time >= series.times[index - 1]!)).toBe(true);
      expect(series.columns[0]!.length).toBe(series.times.length);
    }),
    { numRuns: 30 },
  );
});

test("Markdown becomes blocks that cover the text in order, whatever the text is", () => {
  const piece = fc.constantFrom(
    "# a",
    "- b",
    "  - c",
    "1. d",
    "> e",
    "```",
    "| f | g |",
    "|---|---|",
    "",
    "h *i* `j`",
    "---",
    "\r",
    "[k](javascript:l)",
    "<b>",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (lines) => {
      const text = lines.join("\n");
      let last = 0;
      for (const { start, end } of parseMarkdown(text)) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        expect(text.slice(last, start).trim()).toBe("");
        last = end;
      }
      expect(text.slice(last).trim()).toBe("");
    }),
  );
});

test("links lead to the web and to mail alone", () => {
  for (const address of [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:x",
    "//evil.test",
    "/runs",
    "",
  ])
    expect(safeAddress(address), address).toBeNull();
  expect(safeAddress("https://example.com/a?b=c")).toBe("https://example.com/a?b=c");
  expect(safeAddress("mailto:a@example.com")).toBe("mailto:a@example.com");
});

test("Markdown is read in time that grows with the text: 200,000 marks take less than three seconds", () => {
  for (const mark of ["*", "_", "`", "[", "**a ", "[a](", "> ", "- ", "|"]) {
    const begin = performance.now();
    parseMarkdown(mark.repeat(200_000 / mark.length));
    expect(performance.now() - begin, mark).toBeLessThan(3_000);
  }
});

test("each block of an answer is traced by the answer's spans; what the synthesis wrote is nobody's", () => {
  const output = "# Title\n\nfrom a\n\nfrom b\n";
  const spans = [
    { start: 0, end: 9, from: null },
    { start: 9, end: 17, from: { path: "a", at: 0 } },
    { start: 17, end: 24, from: { path: "b", at: 0 }, also: ["c"] },
  ];
  expect(traceAnswer({ output, spans }).map(({ from }) => from)).toEqual([[], ["a"], ["b", "c"]]);
});

test("a form gives what was changed, by type, and says what is wrong at its field", () => {
  const parameter = (name: string, more: Partial<Parameter>): Parameter =>
    ({ name, type: "string", required: false, orSpan: false, ...more }) as Parameter;
  const parameters = [
    parameter("list", { type: "array", required: true }),
    parameter("count", { type: "integer", minimum: 1, maximum: 9, default: 3 }),
    parameter("flag", { type: "boolean", default: false }),
    parameter("shape", { type: "object" }),
    parameter("name", { default: "x" }),
  ];
  expect(formValues(parameters, { list: "a\n\n b ", count: "3", flag: "true", name: "x" })).toEqual({
    ok: true,
    parameters: { list: ["a", "b"], flag: true },
  });
  expect(formValues(parameters, { list: '["a", 1]', shape: '{"k": [1]}' })).toEqual({
    ok: true,
    parameters: { list: ["a", 1], shape: { k: [1] } },
  });
  expect(formValues(parameters, { list: "", count: "1.5", shape: "[1]" })).toEqual({
    ok: false,
    faults: {
      list: "this is needed",
      count: "a whole number is expected",
      shape: 'a JSON object is expected, such as {"key": "value"}',
    },
  });
});

test("an address of the page is read back as it was written", () => {
  const routes: Route[] = [
    { page: "runs" },
    { page: "templates" },
    { page: "template", name: "A/B@1.0.0" },
    { page: "run", runId: "r_1", tab: "result" },
  ];
  for (const route of routes) expect(routeOf(addressOf(route))).toEqual(route);
  expect(routeOf("#/%E0%A4%A")).toEqual({ page: "runs" });
});

test("an axis has round moments, never more than were asked for", () => {
  expect(ticks({ fromMs: 0, toMs: 3_000 }, 4)).toEqual([0, 1_000, 2_000, 3_000]);
  for (const toMs of [1, 37, 5_400, 3_600_000, 86_400_000 * 30])
    expect(ticks({ fromMs: 0, toMs }, 6).length).toBeLessThan(9);
});

test("words of an axis stay within it, and never lie upon each other", () => {
  const at = (left: number, text = "1 min") => ({ text, left, width: 30 });
  expect(withRoom([at(0), at(60), at(110)], 120).map(({ left }) => left)).toEqual([0, 60]);
  expect(withRoom([at(0), at(50), at(110)], 120).map(({ left }) => left)).toEqual([0, 50, 89]);
  expect(withRoom([at(0)], 20)).toEqual([]);
});

/** A stream of the list of runs in the hands of the test. */
function watchedHistory() {
  const changes: number[] = [];
  const body = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
  let signal: AbortSignal | undefined;
  const feed = new HistoryFeed(
    () => changes.push(1),
    async (_, aborting) => {
      signal = aborting;
      return new ReadableStream({ start: (controller) => body.resolve(controller) });
    },
  );
  return { feed, changes, isAborted: () => signal?.aborted };
}

const runLine = (index: number, status: RunLine["status"] = "running"): RunLine => ({
  runId: `r_${index}`,
  status,
  program: "x",
  acceptedAtMs: index,
  endedAtMs: null,
  agents: 1,
  progress: null,
  waitingFor: [],
});

test("K1 of each run the line that was told last is shown, the newest first", () => {
  const { feed } = watchedHistory();
  expect(feed.runs).toBeNull();
  feed.take({ runs: [runLine(2), runLine(1)], next: "r_1" });
  feed.take({ runs: [runLine(3), runLine(1, "failed")], next: "r_2" });
  expect(feed.runs!.map(({ runId, status }) => `${runId} ${status}`)).toEqual([
    "r_3 running",
    "r_2 running",
    "r_1 failed",
  ]);
  expect(feed.next).toBe("r_1");
  feed.close();
});

test("K2 however many runs come, it keeps a bounded number, and says where the others begin", () => {
  const { feed } = watchedHistory();
  for (let index = 0; index < 2 * RUNS_KEPT; index++) feed.take({ runs: [runLine(index)], next: null });
  expect(feed.runs!.length).toBe(RUNS_KEPT);
  expect(feed.runs![0]!.runId).toBe(`r_${2 * RUNS_KEPT - 1}`);
  expect(feed.next).toBe(`r_${RUNS_KEPT}`);
  feed.close();
});

test("K3 once it is closed nothing is told, and its connection is let go", () => {
  const { feed, changes, isAborted } = watchedHistory();
  feed.close();
  const before = changes.length;
  feed.take({ runs: [runLine(1)], next: null });
  expect([changes.length, isAborted()]).toEqual([before, true]);
});
