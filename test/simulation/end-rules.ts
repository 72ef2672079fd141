import type { RunEvent } from "../../src/actors/run-events.ts";
import type { RunEnd } from "../../src/engine/engine.ts";
import type { AgentResult } from "../../src/plan/outcome.ts";
import { misjudged } from "../actors/random-run/judging.ts";
import {
  attemptsOfWork,
  type Expected,
  expectedEnds,
  expectedRunStatus,
} from "../actors/random-run/oracle.ts";
import { placeNodes } from "../actors/random-run/plan-spec.ts";
import { ANSWER } from "./people.ts";
import type { SimCase } from "./sim-case.ts";
import { outputOf } from "./simulated-work.ts";
import { WardBook } from "./ward-book.ts";
import type { World } from "./world.ts";

type Checked = Pick<World, "book"> & { readonly wards: WardBook };

type Ended = Pick<RunEnd, "status" | "answer" | "stopped">;

/** What must hold of how a run ended: one result for each agent, and the ones that the rules give when nobody stops it. */
export function checkEnds(
  one: SimCase,
  { book, plan }: World,
  end: Ended,
  events: readonly RunEvent[],
): void {
  const results = end.answer?.results ?? [];
  const paths = results.map(({ path }) => path);
  if (new Set(paths).size !== paths.length) book.say("one end", "an agent has two results");
  for (const { kind, path } of plan.nodes)
    if (kind === "agent" && !paths.includes(path)) book.say("one end", `${path} has no result`);
  if (events.filter(({ type }) => type === "run.ended").length !== 1)
    book.say("one end", "the run did not end once");
  if (end.answer)
    for (const detail of misjudged(placeNodes(one.spec), end.answer)) book.say("judged as said", detail);
  for (const { path, status, output, attempts } of results)
    if (status === "succeeded" && output !== (attempts === 0 ? ANSWER : outputOf(path, attempts)))
      book.say("as the rules say", `${path} says ${JSON.stringify(output)} after ${attempts} attempts`);
  const isStopped = end.stopped !== null || book.records.stopped;
  const hasJumped = one.faults.some((fault) => fault.kind === "clock.jump");
  const wards = new WardBook(one, { plan, wallMs: () => 0, callOf: () => undefined, say: () => {} });
  for (const event of events) wards.show(event);
  // What becomes of those that a supervisor has given up depends on who was at work.
  if (!isStopped && !hasJumped && !wards.hasFailed) checkRules(one, { book, wards }, end);
}

function checkRules(one: SimCase, { book, wards }: Checked, { status, answer }: Ended): void {
  const ends = expectedEnds(one.spec);
  if (status !== expectedRunStatus(ends))
    book.say("as the rules say", `the run ${status} instead of ${expectedRunStatus(ends)}`);
  for (const result of answer?.results ?? []) {
    const { path, status: got, attempts: begun } = result;
    const expected = ends.get(path);
    const attempts = begun - wards.begunAnew(path, begun);
    // What was done before it could be stopped is not done again, however sure it is.
    if (wards.hasEndedStopping(path) && isKeptAt(expected, attempts)) continue;
    if (got !== expected?.status || attempts !== expected.attempts)
      book.say(
        "as the rules say",
        `${path} ${got} after ${attempts} attempts instead of ${expected?.status} after ${expected?.attempts}`,
      );
    else checkSureness(result, expected, { book, wards });
  }
}

function isKeptAt(expected: Expected | undefined, attempt: number): boolean {
  const work = expected?.work;
  return work !== undefined && attemptsOfWork(work)[attempt - 1]?.isKept === true;
}

/** The answer that stands is the last that was given, and the result names those that were not sure enough. */
function checkSureness(
  { path, output, provenance }: AgentResult,
  { work, speaker, attempts }: Expected,
  { book, wards }: Checked,
): void {
  const standing = speaker === undefined ? null : outputOf(path, wards.attemptCounted(path, speaker));
  if (standing !== null && output !== standing)
    book.say("the surer stands", `${path} says ${JSON.stringify(output)} instead of ${standing}`);
  const kept = work && attempts > 0 ? attemptsOfWork(work).filter(({ isKept }) => isKept) : [];
  const unsure = provenance.unsure ?? [];
  if (
    unsure.map(({ alternative }) => alternative).join() !== kept.map(({ alternative }) => alternative).join()
  )
    book.say("the surer stands", `${path} names ${unsure.length} unsure answers instead of ${kept.length}`);
}
