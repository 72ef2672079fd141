import { describe, expect, test } from "vitest";
import type { Task } from "../../src/actors/ports.ts";
import { createAbyssal } from "../../src/surfaces/runtime.ts";

const template = (step: string, synthesis: string): string =>
  `name: T\nversion: 1.0.0\ndescription: d\ncategory: c\nsteps:\n${step}synthesis: ${synthesis}\n`;
const work = (name: string): string => `  ${name}: { run: { performer: function, name: ${name} } }\n`;
const ENV = { env: {} };
const said = (output: string, database: string, sure: number) => () => ({
  kind: "completed",
  output,
  claims: [{ subject: "database", value: database }],
  artifacts: [{ path: "db.txt", content: database, mediaType: "text/plain" }],
  confidence: { value: sure, source: "declared" },
});
const FUNCTIONS = { a: said("Take Postgres.", "postgres", 0.4), b: said("Take SQLite.", "sqlite", 0.7) };

describe("a judge in a run", () => {
  test("drafts by a rule that it names, and its word is followed", async () => {
    const synthesis = "{ mode: aggregate, resolve: judge, judge: { agent: reviewer } }";
    const templates = [template(work("a") + work("b"), synthesis)];
    const abyssal = await createAbyssal({ ...ENV, templates, functions: FUNCTIONS });
    const { status, conflicts, artifacts, results } = await abyssal.execute("ABYSSAL[T]()");
    expect(status).toBe("succeeded");
    expect(results.map(({ path }) => path)).toEqual(["t/a", "t/b", "t/judge"]);
    expect(conflicts.map(({ subject, resolution }) => [subject, resolution.by, resolution.reason])).toEqual([
      ["db.txt", "judge", "by rule: 1 say so, confidence 0.70"],
      ["database", "judge", "by rule: 1 say so, confidence 0.70"],
    ]);
    expect(artifacts.map(({ content, from }) => [content, from])).toEqual([["sqlite", "t/b"]]);
  });

  test("is shown every candidate and conflict, in its prompt and as data (R3)", async () => {
    const tasks: Task[] = [];
    const synthesis = "{ mode: best, resolve: judge, judge: { agent: reviewer } }";
    const abyssal = await createAbyssal({
      ...ENV,
      templates: [template(work("a") + work("b"), synthesis)],
      functions: FUNCTIONS,
      performers: [
        {
          name: "draft",
          perform: async (task) => {
            tasks.push(task);
            return {
              kind: "completed",
              output: "judged",
              data: { choice: "t/a", rulings: [] },
              confidence: { value: 0.9, source: "declared" },
            };
          },
        },
      ],
    });
    const { output, artifacts, conflicts } = await abyssal.execute("ABYSSAL[T]()");
    expect(tasks).toHaveLength(1);
    const [{ prompt, options, judges }] = tasks as [Task];
    expect(judges).toBe("t");
    expect(prompt).toContain("Candidate t/b, confidence 0.7 (declared):");
    expect(prompt).toContain("Conflict c2, about the claim database:");
    expect(options.candidates).toMatchObject([{ path: "t/a" }, { path: "t/b" }]);
    expect(options.conflicts).toMatchObject([
      { id: "c1", kind: "artifact" },
      { id: "c2", subject: "database" },
    ]);
    expect(output).toContain("Take Postgres.");
    expect(artifacts.map(({ content }) => content)).toEqual(["postgres"]);
    expect(conflicts.map(({ resolution }) => resolution.by)).toEqual(["choice", "choice"]);
  });

  test("chooses between the agents of one step, and is not asked where they agree", async () => {
    const step = (name: string): string =>
      `  ${name}: { parallelism: 3, run: { performer: function, name: ${name} }, synthesis: { mode: vote, resolve: judge, judge: { agent: reviewer } } }\n`;
    const abyssal = await createAbyssal({
      ...ENV,
      templates: [template(step("same") + step("apart"), "{ mode: aggregate }")],
      functions: { same: () => "one answer", apart: (task) => `answer ${task.replica?.index}` },
    });
    const { results, output, agreements } = await abyssal.execute("ABYSSAL[T]()");
    const status = Object.fromEntries(results.map((result) => [result.path, result.status]));
    expect(status).toMatchObject({ "t/same/judge": "skipped", "t/apart/judge": "succeeded" });
    expect(output).toContain("# Same\n\none answer\n\n# Apart\n\nanswer 0");
    expect(agreements).toMatchObject([
      { path: "t/same/agents", agents: 3, value: 1 },
      { path: "t/apart/agents", agents: 3, of: "text" },
    ]);
  });

  test("gives the same answer whenever it runs", async () => {
    const synthesis = "{ mode: merge, resolve: judge, judge: { agent: reviewer } }";
    const templates = [template(work("a") + work("b"), synthesis)];
    const abyssal = await createAbyssal({ ...ENV, templates, functions: FUNCTIONS });
    const [one, other] = [await abyssal.execute("ABYSSAL[T]()"), await abyssal.execute("ABYSSAL[T]()")];
    expect(other.output).toBe(one.output);
    expect(other.spans).toEqual(one.spans);
    expect(other.conflicts).toEqual(one.conflicts);
  });
});
