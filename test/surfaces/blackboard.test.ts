import { describe, expect, test } from "vitest";
import { type AbyssalError, type AgentFunction, createAbyssal, type Json } from "../../src/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TEMPLATE = `
name: TALLY
version: 1.0.0
description: counts words with several agents
category: quality
blackboard:
  words: { merge: { function: add } }
  longest: { merge: max }
parameters:
  texts: { type: array, position: 1, required: true }
steps:
  count:
    forEach: { text: texts }
    run: { performer: function, name: count, text: "{{ text }}" }
    publish: { words: "{{ data.words }}", longest: "{{ data.longest }}" }
  report:
    needs: [count]
    run: { performer: function, name: report, total: "{{ board.words }}", longest: "{{ board.longest }}" }
`;
const PROGRAM = 'ABYSSAL[TALLY](["one two", "three", "four five six"])';

const functions: Record<string, AgentFunction> = {
  count: async ({ options, path }, { board }) => {
    const words = String(options.text).split(" ");
    const claim = await board.put({ key: "first", value: path, ifVersion: 0 });
    return { words: words.length, longest: Math.max(...words.map(({ length }) => length)), led: claim.kind };
  },
  report: ({ options }) => `${options.total} words, the longest of ${options.longest}`,
};
const merges = { add: (present: Json, written: Json): Json => Number(present) + Number(written) };
const base = { env: {}, templates: [TEMPLATE], functions };

describe("a runtime with a blackboard", () => {
  test("gives its agents one, shows it while the run goes on, and in the result", async () => {
    const abyssal = await createAbyssal({ ...base, merges });
    const run = abyssal.start(PROGRAM);
    const changes: string[] = [];
    run.events$.subscribe((event) => event.type === "board.changed" && changes.push(event.key));
    const result = await run.result;
    expect(result.output).toContain("6 words, the longest of 5");
    expect(result.board).toMatchObject({
      words: { value: 6, version: 3 },
      longest: { value: 5 },
      first: { version: 1 },
    });
    expect(run.board).toEqual(result.board);
    expect(changes.filter((key) => key === "first")).toEqual(["first"]);
  });

  test("refuses a program, and a plan made elsewhere, whose merge function it does not have", async () => {
    const plan = (await createAbyssal({ ...base, merges })).plan(PROGRAM);
    const poor = await createAbyssal({ ...base, merges: { addd: merges.add } });
    const codesOf = (what: () => unknown): readonly (string | undefined)[] => {
      try {
        what();
        return [];
      } catch (error) {
        return (error as AbyssalError).diagnostics.map(({ code, hint }) => `${code}: ${hint}`);
      }
    };
    const refused = ['BOARD_MERGE_UNKNOWN: did you mean "addd"?'];
    expect(codesOf(() => poor.start(PROGRAM))).toEqual(refused);
    expect(codesOf(() => poor.start(plan))).toEqual(refused);
  });

  test("keeps it in the journal, and explains what an agent has written", async () => {
    const workingFolder = temporaryFolder();
    const abyssal = await createAbyssal({ ...base, merges, workingFolder, durable: true });
    const result = await abyssal.execute(PROGRAM);
    const record = await abyssal.getStatus(result.runId);
    expect(record?.result).toEqual(result);
    const first = String(result.board!.first!.value);
    const explained = abyssal.explain(result.runId, first);
    expect(explained).toMatchObject({ kind: "agent" });
    expect("writes" in explained ? explained.writes?.map(({ key }) => key) : []).toContain("first");
    abyssal.close();
  });

  test("a result of a run that has written nothing has no board", async () => {
    const abyssal = await createAbyssal({ env: {} });
    expect(Object.keys(await abyssal.execute('ABYSSAL[RESEARCH]("boards")'))).not.toContain("board");
  });
});
