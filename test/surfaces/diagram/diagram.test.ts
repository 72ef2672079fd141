import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type AnyStateMachine, createActor, createMachine, StateMachine } from "xstate";
import { createAbyssal, type Plan } from "../../../src/index.ts";
import { drawSvg } from "../../../src/surfaces/diagram/dot.ts";
import { machineDiagram } from "../../../src/surfaces/diagram/machine-diagram.ts";
import { machineDot } from "../../../src/surfaces/diagram/machine-dot.ts";
import { DRAWN_MACHINES } from "../../../src/surfaces/diagram/machines.ts";
import { planDot } from "../../../src/surfaces/diagram/plan-dot.ts";
import { machineStately, planStately } from "../../../src/surfaces/diagram/stately.ts";

const abyssal = await createAbyssal({ workingFolder: import.meta.dirname, env: {} });
const planOf = (text: string): Plan => abyssal.plan(text);

const machines = [...DRAWN_MACHINES];
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)<\/(?:text|tspan)>/g)].map(([, text]) =>
    decoded(text!).trim(),
  );

function decoded(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&#45;", "-")
    .replaceAll("&gt;", ">")
    .replaceAll("&lt;", "<")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** What a module of the stately form holds. */
function configOf(text: string): object {
  const [, json] = /createMachine\((.*)\);\s*$/s.exec(text)!;
  return JSON.parse(json!);
}

describe("a machine as SVG", () => {
  test.each(machines)("%s shows every state and every event", async (_, machine) => {
    const diagram = machineDiagram(machine);
    const texts = textsOf(await drawSvg(machineDot(diagram)));
    for (const { id } of diagram.states) expect(texts).toContain(id.slice(id.lastIndexOf(".") + 1));
    for (const { event } of diagram.transitions) if (event !== null) expect(texts).toContain(event);
  });

  test("what leads from one state to another is one arrow, however many events take it", async () => {
    const diagram = machineDiagram(DRAWN_MACHINES.get("agent")!);
    const between = new Set(
      diagram.transitions.filter(({ from }) => from !== "").map(({ from, to }) => `${from} ${to ?? from}`),
    );
    const svg = await drawSvg(machineDot(diagram));
    expect(svg.match(/class="edge"/g)!).toHaveLength(between.size + 1);
  });
});

test("whatever font stands in, a line is one text, that of a box in its middle, that of an arrow above all arrows", async () => {
  for (const [, machine] of machines) {
    const { transitions } = machineDiagram(machine);
    const svg = await drawSvg(machineDot(machineDiagram(machine)));
    for (const [, box] of svg.matchAll(/class="node">([\s\S]*?)<\/g>/g))
      expect(box).not.toContain('text-anchor="start"');
    for (const [, arrow] of svg.matchAll(/class="edge">([\s\S]*?)<\/g>/g))
      expect(arrow).not.toContain("<text");
    const [, above] = /<g paint-order="stroke"[^>]*>([\s\S]*)<\/g>\s*<\/g>\s*<\/svg>/.exec(svg)!;
    const lines = [...above!.matchAll(/<text[^>]*>(.*)<\/text>/g)].map(([, line]) =>
      decoded(line!.replace(/<[^>]*>/g, "")).trim(),
    );
    expect(lines.toSorted()).toEqual(
      transitions
        .filter(({ from }) => from !== "")
        .map(({ event, guard, actions }) =>
          [event ?? "at once", guard && `[${guard}]`, actions.length > 0 && `/ ${actions.join(", ")}`]
            .filter(Boolean)
            .join(" "),
        )
        .toSorted(),
    );
  }
});

describe("a plan as SVG", () => {
  test("shows every agent, in its group, with an arrow for what it needs", async () => {
    const plan = planOf("ABYSSAL[RESEARCH]('x') -> (ABYSSAL[CODE]('a') & ABYSSAL[CODE]('b'))");
    const svg = await drawSvg(planDot(plan, "title"));
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => decoded(title!));
    for (const { path, kind } of plan.nodes)
      expect(titles).toContain(kind === "agent" ? path : `cluster ${path}`);
    const agents = new Set(plan.nodes.filter(({ kind }) => kind === "agent").map(({ path }) => path));
    const needed = plan.nodes.flatMap(({ path, needs }) => needs.map((need) => [need, path] as const));
    const between = needed.filter(([need, path]) => agents.has(need) && agents.has(path));
    expect(between.length).toBeGreaterThan(4);
    for (const [need, path] of between) expect(titles).toContain(`${need}->${path}`);
    expect(textsOf(svg)).toContain("title");
  });

  test("of a run is coloured by how its nodes stand", async () => {
    const plan = planOf("ABYSSAL[RESEARCH]('x')");
    const [first, second] = plan.nodes.filter(({ kind }) => kind === "agent").map(({ path }) => path);
    const svg = await drawSvg(
      planDot(
        plan,
        "t",
        new Map([
          [first!, "succeeded"],
          [second!, "failed"],
        ]),
      ),
    );
    expect(svg).toContain('fill="#dcfce7"');
    expect(svg).toContain('fill="#fee2e2"');
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["succeeded", "failed"]));
  });

  test("a large plan says how much of it is left out", async () => {
    const items = Array.from({ length: 350 }, (_, at) => `ABYSSAL[AGENT]('a${at}')`).join(" & ");
    expect(planDot(planOf(items), "t")).toMatch(/and \d+ more agents/);
  });
});

test("texts cannot break out of a drawing", async () => {
  const hostile = `"]; evil [label="x" <b>&amp; \\ \u0001 </text><script>alert(1)</script>\n`;
  const machine = createMachine({
    id: hostile,
    initial: "a",
    states: { a: { entry: hostile, on: { [hostile]: { target: "b", guard: hostile } } }, b: {} },
  } as never);
  const svg = await drawSvg(machineDot(machineDiagram(machine)));
  expect(svg).not.toContain("<script");
  expect(textsOf(svg)).not.toContain("evil");
  expect(svg.match(/class="node"/g)).toHaveLength(3);
});

describe("the form for Stately", () => {
  test.each(machines)("%s gives the same machine again", (_, machine) => {
    const again = createMachine(configOf(machineStately(machine)) as never) as AnyStateMachine;
    const shape = (one: AnyStateMachine) => {
      const { states, transitions } = machineDiagram(one);
      return {
        states: states.map(({ id, kind, initial }) => [id, kind, initial]),
        transitions: transitions.map(({ from, to, event }) => [from, to, event]),
      };
    };
    expect(shape(again)).toEqual(shape(machine));
  });

  test("a plan is a statechart that ends when every agent has ended, in an order that it allows", () => {
    const plan = planOf("ABYSSAL[RESEARCH]('x') -> (ABYSSAL[CODE]('a') & ABYSSAL[CODE]('b'))");
    const actor = createActor(createMachine(configOf(planStately(plan)) as never)).start();
    const order = plan.schedule.entries.map(({ path }) => path);
    // Before its turn, an end changes nothing.
    actor.send({ type: `${order.at(-1)} ended` });
    for (const path of order) {
      expect(actor.getSnapshot().status).toBe("active");
      actor.send({ type: `${path} ended` });
    }
    expect(actor.getSnapshot().status).toBe("done");
  });
});

test("every machine there is can be drawn, and is covered by tests made from it (row S7)", async () => {
  const folder = new URL("../../../src/machines/", import.meta.url);
  const modelTests = readFileSync(new URL("../../models/machines.test.ts", import.meta.url), "utf8");
  const found: AnyStateMachine[] = [];
  for (const file of readdirSync(folder)) {
    const exported = (await import(new URL(file, folder).href)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) {
      if (!(value instanceof StateMachine) || file === "index.ts") continue;
      found.push(value);
      expect(modelTests).toMatch(new RegExp(`(machine: |", )${name}\\b`));
    }
  }
  expect(new Set(found)).toEqual(new Set(DRAWN_MACHINES.values()));
});
