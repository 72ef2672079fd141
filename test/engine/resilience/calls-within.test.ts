import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Performer, Task } from "../../../src/actors/ports.ts";
import { Resilience } from "../../../src/engine/resilience/resilience.ts";
import type { ResilienceRule } from "../../../src/engine/resilience/rules.ts";
import type { Failure } from "../../../src/plan/outcome.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { NO_BOARD } from "../../support/no-board.ts";
import { completed } from "../../support/scripted-performer.ts";
import { settled } from "./cockatiel.ts";

describe("calls that an attempt makes on its way", () => {
  /** An attempt on `model:m` that makes calls one after the other; `leave` ends the one under way. */
  function withCalls(rules: readonly ResilienceRule[]) {
    const clock = new ManualClock();
    const resilience = new Resilience({ clock, rules });
    const gate = resilience.gate("r_1");
    const told: string[] = [];
    const leaves = new Map<string, (failure: Failure | null) => void>();
    const attempt = (path: string, resources: readonly string[], own: readonly string[] = ["model:m"]) => {
      const performer: Performer = {
        name: "model",
        resources: () => own,
        perform: async (_, { guards }) => {
          for (const resource of resources) {
            const passed = await guards!.enter([resource]);
            if ("code" in passed) {
              told.push(`${path} ${passed.code}`);
              continue;
            }
            told.push(`${path} calls ${resource}`);
            const ended = Promise.withResolvers<Failure | null>();
            leaves.set(path, ended.resolve);
            passed.leave(await ended.promise);
            leaves.delete(path);
          }
          return completed("done");
        },
      };
      const controller = new AbortController();
      const context = {
        signal: controller.signal,
        idempotencyKey: "",
        emit: () => undefined,
        board: NO_BOARD,
      };
      const tools = { use: ["*"] } as unknown as NonNullable<Task["tools"]>;
      const outcome = gate.perform(performer, { runId: "r_1", path, attempt: 1, tools } as Task, context);
      return { outcome, abort: () => controller.abort() };
    };
    const end = async (path: string, failure: Failure | null = null): Promise<void> => {
      leaves.get(path)!(failure);
      await settled();
    };
    const status = (resource: string) => resilience.status().find((one) => one.resource === resource)!;
    return { clock, told, leaves, attempt, end, status };
  }

  const DOWN_CALL: Failure = { code: "HTTP_UNAVAILABLE", message: "down", retryable: true };

  test("wait for a place of what they reach, and take it in turn", async () => {
    const { told, attempt, end, status } = withCalls([
      { resource: "host:a", bulkhead: { atOnce: 1, queue: 9 } },
    ]);
    const both = ["x", "y"].map((path) => attempt(path, ["host:a"]).outcome);
    await settled();
    expect(told).toEqual(["x calls host:a"]);
    expect(status("host:a")).toMatchObject({ atWork: 1, waiting: 1 });
    await end("x");
    expect(told).toEqual(["x calls host:a", "y calls host:a"]);
    await end("y");
    expect(await Promise.all(both)).toEqual([completed("done"), completed("done")]);
    expect(status("host:a")).toMatchObject({ calls: 2, atWork: 0, waiting: 0, failed: 0 });
  });

  test("open a breaker by their failures, are refused then, and the attempt goes on (G4)", async () => {
    const { told, attempt, end, status } = withCalls([
      { resource: "host:a", breaker: { failures: 2, openMs: 1_000 } },
    ]);
    const outcome = attempt("x", ["host:a", "host:a", "host:a", "host:b"]).outcome;
    await settled();
    await end("x", DOWN_CALL);
    await end("x", DOWN_CALL);
    expect(told.slice(2)).toEqual(["x BREAKER_OPEN", "x calls host:b"]);
    await end("x");
    expect(await outcome).toEqual(completed("done"));
    expect(status("host:a")).toMatchObject({ breaker: "open", failed: 2 });
    expect(status("model:m")).toMatchObject({ breaker: "closed", failed: 0, calls: 1 });
  });

  test("that wait are let go when their attempt is over, and hold nothing", async () => {
    const { told, attempt, end, status } = withCalls([
      { resource: "host:a", bulkhead: { atOnce: 1, queue: 9 } },
    ]);
    const first = attempt("x", ["host:a"]);
    const second = attempt("y", ["host:a"]);
    await settled();
    second.abort();
    await second.outcome;
    expect(told).toEqual(["x calls host:a", "y CANCELLED"]);
    await end("x");
    await first.outcome;
    expect(status("host:a")).toMatchObject({ atWork: 0, waiting: 0 });
  });

  test("never wait for each other in a circle, whatever they reach and however narrow it is (G4)", async () => {
    const resources = ["host:a", "mcp:s", "command:c"];
    const attempts = fc.array(
      fc.record({
        own: fc.constantFrom("model:m", "model:n", ...resources),
        calls: fc.array(fc.constantFrom(...resources), { maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(attempts, fc.infiniteStream(fc.nat()), async (all, choices) => {
        const { leaves, attempt, end } = withCalls([{ resource: "*", bulkhead: { atOnce: 1, queue: 100 } }]);
        let over = 0;
        // A step that names one call of a tool itself makes no others.
        for (const [index, { own, calls }] of all.entries())
          void attempt(`a${index}`, own.startsWith("model:") ? calls : [], [own]).outcome.then(() => over++);
        await settled();
        for (const choice of choices) {
          if (leaves.size === 0) break;
          await end([...leaves.keys()][choice % leaves.size]!);
        }
        expect(over).toBe(all.length);
      }),
      { numRuns: 200 },
    );
  });
});
