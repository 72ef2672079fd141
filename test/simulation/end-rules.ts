import type { RunEvent } from "../../src/actors/run-events.ts";
import type { RunEnd } from "../../src/engine/engine.ts";
import { expectedEnds, expectedRunStatus } from "../actors/random-run/oracle.ts";
import { ANSWER } from "./people.ts";
import type { SimCase } from "./sim-case.ts";
import { outputOf } from "./simulated-work.ts";
import { WardBook } from "./ward-book.ts";
import type { World } from "./world.ts";

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

function checkRules(
  one: SimCase,
  { book, wards }: Pick<World, "book"> & { readonly wards: WardBook },
  { status, answer }: Ended,
): void {
  const ends = expectedEnds(one.spec);
  if (status !== expectedRunStatus(ends))
    book.say("as the rules say", `the run ${status} instead of ${expectedRunStatus(ends)}`);
  for (const { path, status: got, attempts: begun } of answer?.results ?? []) {
    const expected = ends.get(path);
    const attempts = begun - wards.begunAnew(path, begun);
    if (got !== expected?.status || attempts !== expected.attempts)
      book.say(
        "as the rules say",
        `${path} ${got} after ${attempts} attempts instead of ${expected?.status} after ${expected?.attempts}`,
      );
  }
}
