import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dispatcher } from "../../src/actors/dispatcher.ts";
import type { AgentNode, Plan } from "../../src/plan/plan.ts";
import { agent, forEach, plan } from "../support/plans.ts";

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
        const dispatcher = new Dispatcher(made);
        const nodes = new Map(nodesOf(made).map((node) => [node.path, node]));
        for (const node of nodes.values()) dispatcher.request(node);
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
          expect(dispatcher.working).toBe(working.length);
        }
      }),
    );
  });

  test("never grants a withdrawn request, and grants it when it is made again (D2)", () => {
    const made = plan([agent("a"), agent("b")], { agents: 1 });
    const [a, b] = nodesOf(made);
    const dispatcher = new Dispatcher(made);
    dispatcher.request(a!);
    dispatcher.request(b!);
    dispatcher.withdraw("a");
    expect(dispatcher.grant()).toBe("b");
    dispatcher.request(a!);
    dispatcher.release("b");
    expect(dispatcher.grant()).toBe("a");
    expect(dispatcher.grant()).toBeUndefined();
  });

  test("grants in the order of the schedule; copies made at run time stand where their fork stands", () => {
    const made = plan([agent("a"), forEach("f", "item", [1, 2]), agent("z")]);
    const dispatcher = new Dispatcher(made);
    const [a, z] = nodesOf(made);
    const copy = { ...a!, path: "f.0", parent: "f" };
    for (const node of [z!, copy, a!]) dispatcher.request(node);
    expect([dispatcher.grant(), dispatcher.grant(), dispatcher.grant()]).toEqual(["a", "f.0", "z"]);
  });

  test("refuses a plan of which one agent alone is too large, also one whose agents are made at run time", () => {
    const large = { resources: { cpu: 1, memoryMb: 1, gpu: 1 } };
    expect(new Dispatcher(plan([agent("a")])).refusal()).toBeNull();
    expect(new Dispatcher(plan([agent("a", large)])).refusal()).toMatchObject({
      message: "a needs 1 gpu, there is 0",
    });
    expect(new Dispatcher(plan([forEach("f", "item", [1], large)])).refusal()).toMatchObject({
      code: "PLAN_IMPOSSIBLE_RESOURCES",
    });
  });

  test("throws when something gives back what it does not hold", () => {
    expect(() => new Dispatcher(plan([agent("a")])).release("a")).toThrow("dispatcher: a holds nothing");
  });
});
