import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planDays, planOf } from "../../../src/performers/draft/roadmap.ts";
import { orderViolations, type Phase } from "../../../src/performers/draft/roadmap-schedule.ts";
import { draftOutcome } from "../../../src/performers/draft.ts";
import { draftTask, SATURDAY_MS, viewOf } from "./draft-task.ts";

const roadmapTask = (parameters: Parameters<typeof draftTask>[2], rest = {}) =>
  draftTask("ROADMAP", "phases", { topic: "service registry", ...parameters }, rest);

const items = (phases: readonly Phase[]) => phases.flatMap((phase) => phase.items);

describe("a drafted roadmap", () => {
  test("begins on the first working day at or after the start of the run", () => {
    expect(planOf(roadmapTask({}))[0]!.start).toBe("2026-11-23");
    expect(planOf(roadmapTask({ start: "2027-01-01" }))[0]!.start).toBe("2027-01-01");
  });

  test.each([
    ["short", 30],
    ["medium", 65],
    ["long", 260],
    ["12_months", 261],
    ["3 weeks", 15],
    ["2d", 1],
    ["nonsense", 65],
  ])("timeline %s is %d working days", (timeline, days) => {
    expect(planDays(roadmapTask({ timeline }))).toBe(days);
  });

  test.each([
    ["low", 3],
    ["medium", 5],
    ["high", 6],
  ])("depth %s gives %d phases", (depth, count) => {
    expect(planOf(roadmapTask({ depth }))).toHaveLength(count);
  });

  test("a deeper one has more work items, a longer one ends later", () => {
    const size = (depth: string) => items(planOf(roadmapTask({ depth }))).length;
    expect(size("high")).toBeGreaterThan(size("medium"));
    expect(size("medium")).toBeGreaterThan(size("low"));
    const end = (timeline: string) => planOf(roadmapTask({ timeline })).at(-1)!.end;
    expect(end("long") > end("medium") && end("medium") > end("short")).toBe(true);
  });

  test("no item begins before everything it depends on has ended, no owner has two at once, whatever the parameters", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("low", "medium", "high"),
        fc.integer({ min: 1, max: 2_000 }),
        fc.array(fc.constantFrom("Ada", "Bob", "Cleo", "Dan"), { maxLength: 4 }),
        fc.integer({ min: 0, max: 400 }),
        (depth, days, owners, later) => {
          const task = roadmapTask(
            { depth, timeline: `${days}d`, resources: [...new Set(owners)] },
            { runStartedAtMs: SATURDAY_MS + later * 86_400_000 },
          );
          const phases = planOf(task);
          expect(orderViolations(phases)).toEqual([]);
          for (const one of items(phases)) {
            const dates = [one.start, one.end].map((date) => new Date(date).getUTCDay());
            expect(
              dates.some((day) => day === 0 || day === 6),
              one.id,
            ).toBe(false);
            const busy = items(phases).filter(
              (other) => other !== one && other.owner === one.owner && owners.length > 0,
            );
            expect(
              busy.filter((other) => other.start <= one.end && one.start <= other.end).map((o) => o.id),
            ).toEqual([]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("the check of the order can fail", () => {
    const [first, second] = planOf(roadmapTask({}));
    const early = { ...second!, items: second!.items.map((item) => ({ ...item, start: first!.start })) };
    expect(orderViolations([first!, early])).toContain("P2.1");
  });

  test("its files hold the same phases as its data, and the Gantt every item", () => {
    const outcome = draftOutcome(draftTask("ROADMAP", "roadmap", { topic: "service registry" }));
    const [markdown, json] = outcome.artifacts!;
    const data = JSON.parse(json!.content) as { phases: { id: string }[]; items: { id: string }[] };
    expect(data.phases.map((phase) => phase.id)).toEqual(["P1", "P2", "P3", "P4", "P5"]);
    expect(outcome.data).toMatchObject({ phases: data.phases, orderViolations: [] });
    for (const { id } of data.items)
      expect(markdown!.content).toContain(`:${id.toLowerCase().replace(".", "_")}, `);
  });

  test("findings of earlier work are planned in, the gravest first, and name the field", () => {
    const findings = [
      "# Analysis of payment gateway",
      "",
      "| rank | action | priority |",
      "| --- | --- | --- |",
      "| A2 | rotate the keys | P1 |",
      "| A1 | stop double charges | P0 |",
    ].join("\n");
    const outcome = draftOutcome(
      draftTask("ROADMAP", "phases", { topic: "hardening" }, { context: { findings } }),
    );
    const at = (text: string) => outcome.output.indexOf(text);
    expect(at("Stop double charges")).toBeGreaterThan(0);
    expect(at("Stop double charges")).toBeLessThan(at("Rotate the keys"));
    expect(outcome.output).toContain("payment record");
  });

  test("later steps keep to the findings that the first step took over", () => {
    const steps = { scope: viewOf("# Scope", { findings: ["water the basil"] }) };
    expect(draftOutcome(draftTask("ROADMAP", "phases", { topic: "greenhouse" }, { steps })).output).toContain(
      "Water the basil",
    );
  });
});
