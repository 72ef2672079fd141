import type { RunEnd, RunHandle } from "../../src/engine/engine.ts";
import { MemoryEngine } from "../../src/engine/memory/memory-engine.ts";
import type { Conduct } from "./conduct.ts";
import { People } from "./people.ts";
import { budgetOf, type Fault, type SimCase } from "./sim-case.ts";
import type { Party } from "./simulated-time.ts";
import { PERFORMER } from "./simulated-work.ts";
import { RUN_ID, type World } from "./world.ts";

/** One run on the engine that keeps nothing: there is one process, and it stays. */
export class MemoryConduct implements Conduct {
  readonly #case: SimCase;
  readonly #world: World;
  readonly #people: People;
  #handle: RunHandle | null = null;
  end: RunEnd | null = null;
  finished = false;

  constructor(one: SimCase, world: World) {
    this.#case = one;
    this.#world = world;
    this.#people = new People(one, world.clock, (question, decision) => {
      world.book.decided(question);
      this.#handle?.decide(question.path, decision);
    });
  }

  begin(): void {
    const { book, ids } = this.#world;
    const party: Party & { readonly pid: number } = { state: "up", held: [], pid: ids.nextPid() };
    const engine = new MemoryEngine({
      clock: this.#world.clockOf(party),
      performers: new Map([[PERFORMER, this.#world.performerFor(party)]]),
    });
    const { inspect } = book.drive(party.pid).actors;
    const handle = engine.start(this.#world.givenPlan, {
      runId: RUN_ID,
      timeoutMs: this.#case.deadlineMs || 3_600_000,
      inspect,
      ...budgetOf(this.#case),
    });
    this.#handle = handle;
    handle.events$.subscribe((event) => {
      book.show(party.pid, event);
      if (event.type === "agent.awaitingApproval") this.#people.asked(event);
    });
    handle.ended.then(
      (end) => {
        book.over(party.pid, "ended");
        book.ended(party.pid, end);
        this.end = end;
        this.finished = true;
      },
      (error) => book.say("every run ends", `the run broke: ${String(error)}`),
    );
  }

  strike(fault: Fault): void {
    if (fault.kind === "clock.jump") this.#world.clock.jump(fault.byMs);
    if (fault.kind === "cancel") this.#handle?.cancel("enough").catch(() => {});
  }

  afterStep(): void {}
}
