import type { RunEvent } from "../../src/actors/run-events.ts";
import { AbyssalError } from "../../src/shared/diagnostic.ts";
import { sha3 } from "../../src/shared/hash.ts";
import type { Violation } from "./book.ts";
import type { Conduct } from "./conduct.ts";
import { LocalConduct } from "./conduct-local.ts";
import { MemoryConduct } from "./conduct-memory.ts";
import { checkEnds } from "./end-rules.ts";
import type { Fault, SimCase } from "./sim-case.ts";
import { RUN_ID, SOUND, type Wiring, World } from "./world.ts";

export type Simulated = {
  readonly violations: readonly Violation[];
  /** SHA3-256 of everything that was noticed. */
  readonly hash: string;
  readonly steps: number;
  readonly calls: number;
  readonly simulatedMs: number;
  readonly trace: readonly string[];
};

/** Events of one world; more mean that it does not come to an end. */
const STEPS_MAX = 4_000;
/** Events looked at after the end, for what comes too late. */
const STEPS_AFTER = 60;

/** Leads one case to its end, and says what should not have happened. */
export async function simulate(one: SimCase, wiring: Wiring = SOUND): Promise<Simulated> {
  const world = new World(one, wiring);
  const conduct: Conduct =
    one.engine === "memory" ? new MemoryConduct(one, world) : new LocalConduct(one, world);
  const { book, clock } = world;
  const faults = one.faults.filter((fault) => "step" in fault);
  conduct.begin();
  let after = 0;
  for (;;) {
    await everythingThatFollows();
    book.settle();
    conduct.afterStep();
    if (book.violations.length > 0) break;
    if (conduct.finished && ++after > STEPS_AFTER) break;
    if (strikeDue(faults, book.step, conduct)) {
      await everythingThatFollows();
      conduct.afterStep();
    }
    book.step++;
    if (clock.step()) continue;
    if (!conduct.finished) book.say("every run ends", "nothing happens any more, and the run has not ended");
    break;
  }
  if (book.violations.length === 0) finish(one, world, conduct);
  const { violations, calls, step } = book;
  return {
    violations,
    hash: world.trace.hash,
    steps: step,
    calls,
    simulatedMs: clock.nowMs,
    trace: world.trace.lines,
  };

  function strikeDue(all: readonly Fault[], step: number, led: Conduct): boolean {
    const due = all.filter((fault) => "step" in fault && fault.step === step);
    for (const fault of due) led.strike(fault);
    if (step >= STEPS_MAX) book.say("every run ends", `it has not ended after ${STEPS_MAX} events`);
    return due.length > 0;
  }
}

/** Resolves when all promises that can go on have gone on: the world waits for its next event. */
function everythingThatFollows(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function finish(one: SimCase, world: World, conduct: Conduct): void {
  const { book } = world;
  if (one.engine === "memory") {
    checkEnds(one, world, conduct.end!, [...book.drives.values()][0]!.shown);
    return;
  }
  const events: RunEvent[] = [];
  const reader = world.newProcess().engine;
  try {
    const { run, records } = reader.replayed(RUN_ID, { observe: (event) => events.push(event) });
    for (const { message } of reader.verify().problems) book.say("faithful", message);
    const past = { status: run.status!, answer: run.answer, stopped: run.stopped };
    const text = JSON.stringify(past.answer);
    if (records.ended?.status !== past.status || records.ended.resultHash !== sha3(text))
      book.say("faithful", "the replay gives another answer than was recorded");
    const told = conduct.end;
    if (told && (told.status !== past.status || JSON.stringify(told.answer) !== text))
      book.say("faithful", "the replay gives another answer than was told");
    for (const { pid, shown } of book.drives.values()) {
      const stray = shown.findIndex((event, at) => JSON.stringify(event) !== JSON.stringify(events[at]));
      if (stray >= 0)
        book.say(
          "acknowledged is durable",
          `${pid} showed ${JSON.stringify(shown[stray])}, which no record tells`,
        );
    }
    book.survived(world.store.durable(RUN_ID));
    checkEnds(one, world, past, events);
  } catch (error) {
    if (!(error instanceof AbyssalError)) throw error;
    book.say("faithful", `the records cannot be read: ${error.message}`);
  }
}
