import type { Question } from "../../src/actors/question.ts";
import type { RunEvent } from "../../src/actors/run-events.ts";
import type { RunEnd, RunHandle } from "../../src/engine/engine.ts";
import { LEASE_MS } from "../../src/engine/local/leases.ts";
import { AbyssalError } from "../../src/shared/diagnostic.ts";
import type { Conduct } from "./conduct.ts";
import { type Decide, People } from "./people.ts";
import { questionKey } from "./question-book.ts";
import { budgetOf, type Fault, type SimCase } from "./sim-case.ts";
import { ProcessGone, type SimulatedProcess } from "./simulated-process.ts";
import { RUN_ID, type World } from "./world.ts";

/** How long it takes until somebody starts a process again, ms. */
const BOOT_MS = 30;
const HOUR_MS = 3_600_000;

/**
 * Purpose: lead one run through the faults of its case: processes start, die, stand still, take over, until it has ended.
 * Owns: which process drives the run. Does not own: what is right (the book's).
 */
export class LocalConduct implements Conduct {
  readonly #case: SimCase;
  readonly #world: World;
  readonly #people: People;
  #driver: SimulatedProcess | null = null;
  #handle: RunHandle | null = null;
  readonly #decisionsSent = new Set<string>();
  /** What was decided when the process stood still, or was none. */
  readonly #unheard = new Map<string, Question>();
  #booting = false;
  #accepted = false;
  end: RunEnd | null = null;
  finished = false;

  constructor(one: SimCase, world: World) {
    this.#case = one;
    this.#world = world;
    this.#people = new People(one, world.clock, (question, decision) => this.#decide(question, decision));
  }

  get hasDriver(): boolean {
    return this.#driver !== null;
  }

  begin(): void {
    this.#boot();
  }

  /** Somebody starts a process, which starts or resumes the run. */
  #boot(): void {
    this.#booting = false;
    if (this.finished || this.#driver) return;
    const process = this.#world.newProcess();
    try {
      this.#startOrResume(process);
    } catch (error) {
      this.#bootFailed(process, error);
    }
  }

  #startOrResume(process: SimulatedProcess): void {
    const { book } = this.#world;
    const known = process.engine.list().find(({ runId }) => runId === RUN_ID);
    if (!known) {
      if (this.#accepted) book.say("acknowledged is durable", "the run that was accepted is not known");
      const timeoutMs = this.#case.deadlineMs || HOUR_MS;
      const { inspect } = book.drive(process.pid).actors;
      const handle = process.engine.start(this.#world.givenPlan, {
        runId: RUN_ID,
        timeoutMs,
        inspect,
        ...budgetOf(this.#case),
      });
      this.#accepted = true;
      this.#attach(process, handle);
    } else if (known.endedAtMs !== null) this.#finish();
    else this.#resume(process);
  }

  #resume(process: SimulatedProcess): void {
    const { book, trace } = this.#world;
    trace.note(`${this.#world.clock.nowMs} ${process.pid} resumes`);
    const { inspect } = book.drive(process.pid).actors;
    let isReplay = true;
    const observe = (event: RunEvent): void => {
      if (isReplay) this.#show(process, event);
    };
    const handle = process.engine.resume(RUN_ID, { inspect, observe });
    isReplay = false;
    this.#attach(process, handle);
  }

  /** What the records tell so far, as a process without any lease reads it. */
  #replayed(): RunEvent[] {
    const events: RunEvent[] = [];
    this.#world.newProcess().engine.replayed(RUN_ID, { observe: (event) => events.push(event) });
    return events;
  }

  #bootFailed(process: SimulatedProcess, error: unknown): void {
    const { book } = this.#world;
    const isExpected =
      error instanceof ProcessGone ||
      (error instanceof AbyssalError &&
        ["RUN_OWNED", "JOURNAL_WRITE_FAILED", "JOURNAL_BUSY"].includes(error.code));
    if (!isExpected) book.say("every run ends", `it cannot be resumed: ${String(error)}`);
    book.over(process.pid, "dead");
    process.state = "dead";
    this.#bootLater(error instanceof AbyssalError && error.code === "RUN_OWNED" ? 1_000 : BOOT_MS);
  }

  #bootLater(delayMs: number): void {
    if (this.#booting || this.finished) return;
    this.#booting = true;
    this.#world.clock.after(delayMs, () => this.#boot());
  }

  #attach(process: SimulatedProcess, handle: RunHandle): void {
    this.#driver = process;
    this.#handle = handle;
    handle.events$.subscribe((event) => this.#show(process, event));
    handle.ended.then(
      (end) => this.#ended(process, end),
      (error) => this.#left(process, error),
    );
  }

  #show(process: SimulatedProcess, event: RunEvent): void {
    if (process.state === "dead") return;
    this.#world.book.show(process.pid, event);
    if (event.type === "agent.awaitingApproval") this.#people.asked(event);
  }

  #ended(process: SimulatedProcess, end: RunEnd): void {
    if (process.state === "dead") return;
    this.#world.book.over(process.pid, "ended");
    this.#world.book.ended(process.pid, end);
    this.end = end;
    this.#finish();
  }

  /** The engine has let go of the run: it was closed, it lost the run, or its disk failed. */
  #left(process: SimulatedProcess, error: unknown): void {
    if (process.state === "dead") return;
    const { book, trace } = this.#world;
    const code = error instanceof AbyssalError ? error.code : String(error);
    trace.note(`${process.pid} lets go: ${code}`);
    if (!["RUN_LET_GO", "RUN_OWNED", "JOURNAL_WRITE_FAILED"].includes(code))
      book.say("every run ends", `the run was let go: ${code}`);
    book.over(process.pid, "let go");
    if (this.#driver === process) this.#driver = null;
    // The process does nothing else, so it exits.
    if (code !== "RUN_OWNED") process.state = "dead";
    if (!this.#driver) this.#bootLater(BOOT_MS);
  }

  #finish(): void {
    this.finished = true;
    this.#driver = null;
  }

  /** Notices a driver that has died by itself, in a commit. */
  afterStep(): void {
    if (this.#driver?.state !== "dead") return;
    this.#driver = null;
    this.#bootLater(BOOT_MS);
  }

  strike(fault: Fault): void {
    const { clock } = this.#world;
    if (fault.kind === "clock.jump") clock.jump(fault.byMs);
    else if (fault.kind === "power.cut") this.#cut();
    else if (fault.kind === "close") this.#close();
    else if (fault.kind === "stall") this.#stall();
    else if (fault.kind === "intrusion") this.#intrude();
    else if (fault.kind === "cancel") this.#cancel(fault.from);
  }

  #cut(): void {
    if (this.#driver) this.#world.cutPower(this.#driver);
  }

  #close(): void {
    if (this.#driver?.state !== "up") return;
    const process = this.#driver;
    try {
      process.engine.close();
    } catch (error) {
      if (!(error instanceof ProcessGone)) throw error;
    }
    this.#world.book.over(process.pid, "let go");
  }

  #stall(): void {
    const process = this.#driver;
    const handle = this.#handle;
    if (process?.state !== "up") return;
    process.state = "frozen";
    this.#driver = null;
    this.#bootLater(LEASE_MS + 100);
    this.#world.clock.after(LEASE_MS + 300, () => {
      const { book, store } = this.#world;
      process.thaw();
      const drive = book.drives.get(process.pid);
      if (drive) drive.since = book.now;
      // With the clock set back its lease may have held: then it goes on as if nothing had been.
      if (this.#driver || this.finished || store.lease(RUN_ID)?.owner !== process.pid) return;
      this.#driver = process;
      this.#handle = handle;
      // It does not ask again; people see that it has not heard them.
      for (const question of this.#unheard.values()) this.#people.asked(question);
      this.#unheard.clear();
    });
  }

  #intrude(): void {
    if (!this.#driver) return;
    this.#elsewhere((process) => this.#resume(process));
  }

  #cancel(from: "here" | "elsewhere"): void {
    if (this.finished) return;
    if (from === "here") {
      if (this.#driver?.state === "up") this.#handle?.cancel("enough").catch(() => {});
      return;
    }
    const { book } = this.#world;
    this.#elsewhere((process) => {
      const owner = this.#signalled(process, { type: "cancel", reason: "enough" });
      if (owner === "sent") book.cancelSent ??= book.now;
    });
  }

  #decide(...[question, decision]: Parameters<Decide>): void {
    if (this.finished) return;
    const { path } = question;
    const key = questionKey(question);
    this.#world.book.decided(question);
    if (this.#case.people.from === "here") {
      // Nobody there hears it: whoever drives the run next asks again.
      if (this.#driver?.state === "up") this.#handle?.decide(path, decision);
      else this.#unheard.set(key, question);
      return;
    }
    // Whoever was told that the decision has been sent does not send it again.
    if (this.#decisionsSent.has(key)) return;
    this.#elsewhere((process) => {
      const receipt = this.#signalled(process, { type: "decide", path, ...decision });
      if (receipt === "sent" && !this.#case.people.twice) this.#decisionsSent.add(key);
    });
  }

  /** Gives the run a command from a process of its own, which drives it from now on if nobody else does. */
  #signalled(
    process: SimulatedProcess,
    signal: Parameters<typeof process.engine.signal>[1],
  ): "sent" | "applied" {
    const { book } = this.#world;
    if (!process.engine.list().some(({ runId }) => runId === RUN_ID)) return "applied";
    book.drive(process.pid);
    const receipt = process.engine.signal(RUN_ID, signal);
    if (receipt.kind === "sent") {
      book.drives.delete(process.pid);
      process.state = "dead";
      return "sent";
    }
    for (const event of this.#replayed()) this.#show(process, event);
    this.#attach(process, receipt.handle);
    return "applied";
  }

  #elsewhere(work: (process: SimulatedProcess) => void): void {
    const process = this.#world.newProcess();
    const { book } = this.#world;
    try {
      work(process);
    } catch (error) {
      book.over(process.pid, "dead");
      process.state = "dead";
      const isExpected =
        error instanceof ProcessGone ||
        (error instanceof AbyssalError &&
          ["RUN_OWNED", "RUN_ENDED", "RUN_UNKNOWN", "JOURNAL_WRITE_FAILED", "JOURNAL_BUSY"].includes(
            error.code,
          ));
      if (!isExpected) book.say("every run ends", `a command of another process failed: ${String(error)}`);
    }
  }
}
