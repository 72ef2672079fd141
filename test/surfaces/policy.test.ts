import { describe, expect, test } from "vitest";
import { createAbyssal, type Diagnostic, type Performer, type Plan, type Policy } from "../../src/index.ts";
import { cli, faultsOf, filesIn, folderWith } from "./cli/cli-harness.ts";

const WORK = `
name: WORK
version: 1.0.0
description: One step that asks, one that does not
category: test
parameters: {}
steps:
  open: { run: { performer: counting } }
  asked: { run: { performer: counting }, needs: [open], approve: true }
`;

const finding = (severity: Diagnostic["severity"], path: string): Diagnostic => ({
  code: "TEST_UNASKED",
  severity,
  place: path,
  message: "this step asks nobody",
});

/** Finds every agent that asks nobody. */
const asksAlways = (severity: Diagnostic["severity"], hash = "h_1"): Policy => ({
  hash,
  judge: ({ nodes }) =>
    nodes.flatMap((node) => (node.kind === "agent" && !node.approve ? [finding(severity, node.path)] : [])),
});

function counting() {
  const paths: string[] = [];
  const performer: Performer = {
    name: "counting",
    perform: async ({ path }) => {
      paths.push(path);
      return { kind: "completed", output: path, confidence: { value: 1, source: "checked" } };
    },
  };
  return { paths, performer };
}

async function runtime(policy: Policy | undefined, { durable = false, folder = folderWith() } = {}) {
  const { paths, performer } = counting();
  const given = policy ? { policy } : {};
  const abyssal = await createAbyssal({
    workingFolder: folder,
    env: {},
    templates: [WORK],
    performers: [performer],
    durable,
    ...given,
  });
  return { abyssal, paths, folder };
}

describe("a policy", () => {
  test("refuses a plan that it forbids before anything runs, and says what it forbids", async () => {
    const { abyssal, paths } = await runtime(asksAlways("error"));
    const thrown = await abyssal.execute("ABYSSAL[WORK]()").catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      code: "POLICY_REFUSED",
      diagnostics: [
        { expected: "a plan that policy h_1 allows" },
        { code: "TEST_UNASKED", place: "work/open" },
      ],
    });
    expect(() => abyssal.start(abyssal.plan("ABYSSAL[WORK]()"))).toThrow("POLICY_REFUSED");
    expect(paths).toEqual([]);
  });

  test("that only warns lets the run go on, with its warnings and its hash", async () => {
    const { abyssal } = await runtime(asksAlways("warning"));
    const run = abyssal.start("ABYSSAL[WORK]()");
    run.events$.subscribe((event) => {
      if (event.type === "run.suspended") run.decide("work/asked", { approved: true });
    });
    expect(run.warnings).toEqual([finding("warning", "work/open")]);
    expect(await run.result).toMatchObject({ status: "succeeded", policyHash: "h_1" });
    const without = (await runtime(undefined)).abyssal;
    expect((await without.execute("ABYSSAL[CODE]('x')")).policyHash).toBeNull();
  });

  test("is part of what check and plan find", async () => {
    const { abyssal } = await runtime(asksAlways("error"));
    expect(abyssal.check("ABYSSAL[WORK]()").map(({ code }) => code)).toEqual([
      "POLICY_REFUSED",
      "TEST_UNASKED",
    ]);
    expect(abyssal.judge(abyssal.plan("ABYSSAL[WORK]()"))).toHaveLength(2);
  });

  test.each<[string, (plan: Plan) => unknown, string]>([
    [
      "throws",
      () => {
        throw new Error("no rule 7");
      },
      "no rule 7",
    ],
    ["answers later", async () => [], "a promise"],
    ["answers with no list", () => true, "something else"],
    ["answers with what is no finding", () => [{ severity: "warning" }], "something else"],
  ])("whose judge %s forbids every plan", async (_, judge, got) => {
    const { abyssal, paths } = await runtime({ hash: "h_1", judge: judge as Policy["judge"] });
    const thrown = await abyssal.execute("ABYSSAL[WORK]()").catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      diagnostics: [{ code: "POLICY_REFUSED" }, { code: "POLICY_BROKEN", got }],
    });
    expect(paths).toEqual([]);
  });

  test("goes with the run: who resumes it under another one answers with the hash of its start", async () => {
    const { abyssal, folder } = await runtime(asksAlways("warning"), { durable: true });
    const run = abyssal.start("ABYSSAL[WORK]()");
    const left = run.result.catch((error: unknown) => error);
    for await (const event of run) if (event.type === "run.suspended") break;
    abyssal.close();
    await left;
    const later = await runtime(asksAlways("error", "h_2"), { durable: true, folder });
    const resumed = later.abyssal.resume(run.runId);
    resumed.decide("work/asked", { approved: true });
    expect(await resumed.result).toMatchObject({ status: "succeeded", policyHash: "h_1" });
    expect(await later.abyssal.getStatus(run.runId)).toMatchObject({ result: { policyHash: "h_1" } });
    later.abyssal.close();
  });
});

describe("on the command line, a policy that forbids the plan", () => {
  const policy = asksAlways("error");

  test.each(["execute", "plan", "check"])(
    "makes %s exit with 5, with what is forbidden, and start nothing",
    async (command) => {
      const folder = folderWith();
      const run = await cli(folder, [command, "ABYSSAL[CODE]('x')"], { policy });
      expect(run.code).toBe(5);
      expect(run.stderr).toContain("error POLICY_REFUSED");
      expect(run.stderr).toContain("error TEST_UNASKED: this step asks nobody\n  at code/design");
      expect(filesIn(folder)).toEqual([]);
    },
  );

  test("is the one document of plan --output json; the text shows the plan all the same", async () => {
    const folder = folderWith();
    const json = await cli(folder, ["plan", "ABYSSAL[CODE]('x')", "--output", "json"], { policy });
    expect(faultsOf(json)[0]).toMatchObject({ code: "POLICY_REFUSED" });
    const text = await cli(folder, ["plan", "ABYSSAL[CODE]('x')"], { policy });
    expect(text.stdout).toContain("Critical path");
    const warned = await cli(folder, ["plan", "ABYSSAL[CODE]('x')"], { policy: asksAlways("warning") });
    expect([warned.code, warned.stderr]).toEqual([
      0,
      expect.stringContaining("warning TEST_UNASKED: this step asks nobody\n  at code/design"),
    ]);
  });
});
