import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dispatcher } from "../../src/actors/dispatcher.ts";
import type { Place } from "../../src/actors/place.ts";
import { PlanIndex } from "../../src/actors/plan-index.ts";
import type { AgentNode, Plan } from "../../src/plan/plan.ts";
import { planOf, registryOf } from "../support/compile.ts";
import { agent, forEach, plan } from "../support/plans.ts";

const STILL = { nowMs: () => 0 };
/** A dispatcher that is asked, and tells, by path. */
function dispatcherOf(made: Plan, clock: { nowMs(): number }, index: PlanIndex = new PlanIndex(made)) {
  const dispatcher = new Dispatcher(made, index, clock);
  return {
    request: (path: string): void => dispatcher.request(index.place(path) as Place<AgentNode>),
    grant: (): string | undefined => dispatcher.grant()?.node.path,
    release: (path: string): void => dispatcher.release(path),
    withdraw: (path: string): void => dispatcher.withdraw(path),
    refusal: () => dispatcher.refusal(),
    working: (): number => dispatcher.working,
  };
}
const nodesOf = (made: Plan): AgentNode[] => made.nodes.filter((node) => node.kind === "agent");

describe("the dispatcher", () => {
  test("never lets agents hold more than the capacity, whatever is asked, granted, withdrawn and given back (D1)", () => {
    const claims = fc.array(
      fc.record({ cpu: fc.integer({ min: 0, max: 4 }), memoryMb: fc.integer({ min: 0, max: 4 }) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    const ops = fc.array(
      fc.record({ what: fc.constantFrom("grant", "release", "withdraw"), which: fc.nat(99) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(claims, ops, (resources, steps) => {
        const made = plan(
          resources.map((claim, index) => agent(`a${index}`, { resources: claim })),
          { agents: 3, cpu: 5, memoryMb: 6 },
        );
        const dispatcher = dispatcherOf(made, STILL);
        const nodes = new Map(nodesOf(made).map((node) => [node.path, node]));
        for (const path of nodes.keys()) dispatcher.request(path);
        const waiting = new Set(nodes.keys());
        const working: string[] = [];
        for (const { what, which } of steps) {
          if (what === "grant") {
            const path = dispatcher.grant();
            if (path !== undefined) {
              expect(waiting.delete(path)).toBe(true);
              working.push(path);
            }
          } else if (what === "release") {
            const [path] = working.splice(which % Math.max(1, working.length), 1);
            if (path !== undefined) dispatcher.release(path);
          } else {
            const path = [...waiting][which % Math.max(1, waiting.size)];
            if (path !== undefined) {
              dispatcher.withdraw(path);
              waiting.delete(path);
            }
          }
          const held = working.map((path) => nodes.get(path)!.resources);
          expect(working.length).toBeLessThanOrEqual(3);
          expect(held.reduce((sum, { cpu }) => sum + cpu, 0)).toBeLessThanOrEqual(5);
          expect(held.reduce((sum, { memoryMb }) => sum + memoryMb, 0)).toBeLessThanOrEqual(6);
          expect(dispatcher.working()).toBe(working.length);
        }
      }),
    );
  });

  test("never grants a withdrawn request, and grants it when it is made again (D2)", () => {
    const made = plan([agent("a"), agent("b")], { agents: 1 });
    const dispatcher = dispatcherOf(made, STILL);
    dispatcher.request("a");
    dispatcher.request("b");
    dispatcher.withdraw("a");
    expect(dispatcher.grant()).toBe("b");
    dispatcher.request("a");
    dispatcher.release("b");
    expect(dispatcher.grant()).toBe("a");
    expect(dispatcher.grant()).toBeUndefined();
  });

  test("grants in the order of the schedule; copies made at run time stand where their fork stands", () => {
    const made = plan([agent("a"), forEach("f", "item", [1, 2]), agent("z")]);
    const index = new PlanIndex(made);
    const dispatcher = dispatcherOf(made, STILL, index);
    index.makeChildren(index.group("f"), [1, 2]);
    for (const path of ["z", "f.0", "a"]) dispatcher.request(path);
    expect([dispatcher.grant(), dispatcher.grant(), dispatcher.grant()]).toEqual(["a", "f.0", "z"]);
  });

  test("refuses a plan of which one agent alone is too large, also one whose agents are made at run time", () => {
    const large = { resources: { cpu: 1, memoryMb: 1, gpu: 1 } };
    expect(dispatcherOf(plan([agent("a")]), STILL).refusal()).toBeNull();
    expect(dispatcherOf(plan([agent("a", large)]), STILL).refusal()).toMatchObject({
      message: "a needs 1 gpu, there is 0",
    });
    expect(dispatcherOf(plan([forEach("f", "item", [1], large)]), STILL).refusal()).toMatchObject({
      code: "PLAN_IMPOSSIBLE_RESOURCES",
    });
  });

  test("goes on in the order that is best for the rest, once an agent took another time than planned", () => {
    // While the gate takes its 90 s, `b` has time until then. Without it, what follows `b` is the longer way.
    const template = `name: SHOP
version: 1.0.0
description: d
category: c
parameters: { topic: { type: string, position: 1 } }
steps:
  first: { agent: worker, prompt: p, duration: 30s, priority: 1, resources: { cpu: 1 } }
  gate: { agent: worker, prompt: p, duration: 90s, resources: { cpu: 0 } }
  a: { agent: worker, prompt: p, duration: 40s, resources: { cpu: 1 } }
  b: { agent: worker, prompt: p, duration: 20s, resources: { cpu: 1 } }
  afterA: { agent: worker, prompt: p, duration: 25s, needs: [a], resources: { cpu: 0 } }
  afterB: { agent: worker, prompt: p, duration: 30s, needs: [b, gate], resources: { cpu: 0 } }
`;
    const capacity = { agents: 9, cpu: 1, memoryMb: 99_999 };
    const made = planOf('ABYSSAL[SHOP]("x")', registryOf([template]), { capacity });
    const starts = Object.fromEntries(
      made.schedule.entries.map(({ path, startMs }) => [
        path.slice(path.lastIndexOf("/") + 1),
        startMs / 1000,
      ]),
    );
    expect(starts).toEqual({ first: 0, gate: 0, a: 30, b: 70, afterA: 70, afterB: 90 });
    expect(made.schedule.makespanMs).toBe(120_000);

    const nextAfterFirst = (gateMs: number): string | undefined => {
      let nowMs = 0;
      const dispatcher = dispatcherOf(made, { nowMs: () => nowMs });
      const pathOf = (name: string): string => nodesOf(made).find(({ step }) => step === name)!.path;
      for (const { path } of nodesOf(made)) if (!path.includes("after")) dispatcher.request(path);
      expect([dispatcher.grant(), dispatcher.grant()].sort()).toEqual(
        [pathOf("first"), pathOf("gate")].sort(),
      );
      const endings = [
        { name: "gate", atMs: gateMs },
        { name: "first", atMs: 30_000 },
      ].sort((one, two) => one.atMs - two.atMs);
      for (const { name, atMs } of endings) {
        nowMs = atMs;
        dispatcher.release(pathOf(name));
        const granted = dispatcher.grant();
        if (granted !== undefined) return granted.slice(granted.lastIndexOf("/") + 1);
      }
      return undefined;
    };
    expect(nextAfterFirst(90_000)).toBe("a");
    expect(nextAfterFirst(5_000)).toBe("b");
  });

  test("throws when something gives back what it does not hold", () => {
    expect(() => dispatcherOf(plan([agent("a")]), STILL).release("a")).toThrow("dispatcher: a holds nothing");
  });
});
