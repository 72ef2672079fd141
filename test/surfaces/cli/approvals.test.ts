import { PassThrough } from "node:stream";
import { Subject } from "rxjs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Decision, Question } from "../../../src/actors/question.ts";
import type { RunEvent } from "../../../src/actors/run-events.ts";
import { checkDecision } from "../../../src/surfaces/check-decision.ts";
import { readDecision, watchApprovals } from "../../../src/surfaces/cli/approvals.ts";
import { untilText, waitingRows } from "../../../src/surfaces/cli/asking-text.ts";
import type { Progress } from "../../../src/surfaces/cli/progress/progress.ts";
import type { Terminal } from "../../../src/surfaces/cli/terminal.ts";
import type { LiveRun } from "../../../src/surfaces/live-run.ts";

const PICK: Question = { path: "a", asks: "answer", question: "Which?", choices: ["10", "red", "Blue"] };

describe("what is typed", () => {
  test.each([
    ["10", "10"],
    [" red ", "red"],
    ["BLUE", "Blue"],
    ["2", "red"],
    ["3", "Blue"],
  ])("as %j is the choice %j: by its text before its number", (typed, answer) => {
    expect(readDecision(PICK, typed)).toEqual({ approved: true, answer });
  });

  test.each(["", "0", "4", "green", "-1", "1.5"])("as %j is no choice, and is asked for again", (typed) => {
    expect(readDecision(PICK, typed)).toBeNull();
  });

  test("is any text where there are no choices, but not none", () => {
    const free: Question = { path: "a", asks: "answer", question: "Why?" };
    expect(readDecision(free, " because ")).toEqual({ approved: true, answer: "because" });
    expect(readDecision(free, "  ")).toBeNull();
  });

  test.each([
    ["y", true],
    ["YES", true],
    ["", false],
    ["yesterday", false],
  ])("as %j lets an agent run: %s", (typed, approved) => {
    expect(readDecision({ path: "a", asks: "approval", question: "May it?" }, typed)).toEqual({ approved });
  });
});

/** A run that asks on a terminal where answers are typed. */
function askedOnTerminal() {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  const decided: object[] = [];
  const events$ = new Subject<RunEvent>();
  let next = Promise.withResolvers<void>();
  const run = {
    past: [],
    events$,
    questions: [] as Question[],
    decide(path: string, { approved, askedBy }: Decision) {
      decided.push({ path, approved, askedBy });
      events$.next({ type: "agent.ready", path, atMs: 0 });
      next.resolve();
    },
  };
  const stderr = { write: (text: string) => stream.write(text), isTTY: true, closed: false, stream };
  const terminal = { env: {}, stdin, stderr } as unknown as Terminal;
  const progress = { note: <T>(ask: () => Promise<T>) => ask() } as unknown as Progress;
  const approvals = watchApprovals(run as unknown as LiveRun, terminal, progress);
  onTestFinished(() => approvals.stop());
  const ask = (askedBy: number): Promise<void> => {
    next = Promise.withResolvers();
    run.questions = [{ path: "a", askedBy, asks: "approval", question: `May it, ${askedBy}?` }];
    events$.next({ type: "run.suspended", waitingFor: ["a"], atMs: 0 });
    return next.promise;
  };
  return { decided, ask, type: (keys: string) => stdin.write(keys) };
}

test("an agent that asks again is asked for again, and each decision is of the question that was shown", async () => {
  const { decided, ask, type } = askedOnTerminal();
  for (const [askedBy, typed] of [
    [1, "y\n"],
    [2, "n\n"],
  ] as const) {
    const done = ask(askedBy);
    type(typed);
    await done;
  }
  expect(decided).toEqual([
    { path: "a", approved: true, askedBy: 1 },
    { path: "a", approved: false, askedBy: 2 },
  ]);
});

test("a question is answered after its process was put aside by Ctrl-Z and brought back", async () => {
  const { decided, ask, type } = askedOnTerminal();
  const stopped = new Promise<string | number | undefined>((resolve) => {
    const kill = vi.spyOn(process, "kill").mockImplementation((_pid, signal) => {
      resolve(signal);
      return true;
    });
    onTestFinished(() => kill.mockRestore());
  });
  const done = ask(1);
  type("\u001a");
  expect(await stopped).toBe("SIGTSTP");
  process.emit("SIGCONT");
  type("y\n");
  await done;
  expect(decided).toEqual([{ path: "a", approved: true, askedBy: 1 }]);
});

test("what waits is told with its end: the default, and that it holds once the time is over", () => {
  const untilMs = Date.UTC(2026, 0, 2);
  const question: Question = { ...PICK, untilMs, otherwise: { answer: "red" } };
  expect(untilText(question, untilMs - 3_600_000)).toBe(
    '2026-01-02 00:00:00 UTC (in 1 h 00 m): then the answer is "red", as soon as the run is resumed',
  );
  expect(waitingRows("r_1", [question], untilMs)).toEqual([
    ["waits for", "a: Which?"],
    ["until", '2026-01-02 00:00:00 UTC, which is over: the answer is "red"'],
    ["go on", "abyssal resume r_1"],
  ]);
  expect(waitingRows("r_1", [PICK], 0)).toEqual([
    ["waits for", "a: Which?"],
    ["go on", "abyssal approve r_1 a --answer 10 | red | Blue (or --no)"],
  ]);
});

test("what work under way asks is decided by a command that counts for no later question of its", () => {
  const asked: Question = { path: "a", asks: "approval", question: "May it?", askedBy: 2 };
  expect(waitingRows("r_1", [asked], 0)[1]).toEqual([
    "go on",
    "abyssal approve r_1 a --asked-by 2 --yes (or --no, or --answer TEXT)",
  ]);
  expect(checkDecision([asked], "a", { approved: true, askedBy: 2 })).toMatchObject({ askedBy: 2 });
  expect(() => checkDecision([asked], "a", { approved: true, askedBy: 1 })).toThrow(
    "APPROVAL_UNKNOWN a: it asks something else now",
  );
});

test("a choice is shown so that a shell that it is copied to reads it as nothing else", () => {
  const choices = ["$(id)", "it's `me`", "a b"];
  expect(waitingRows("r_1", [{ ...PICK, choices }], 0)[1]).toEqual([
    "go on",
    "abyssal approve r_1 a --answer '$(id)' | 'it'\\''s `me`' | 'a b' (or --no)",
  ]);
  const [, [, withControls]] = waitingRows("r_1", [{ ...PICK, choices: ["red", "\u001b[2J"] }], 0) as [
    unknown,
    [string, string],
  ];
  expect(withControls).toBe("abyssal approve r_1 a --answer TEXT (or --no)");
});
