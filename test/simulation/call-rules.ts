import type { Task } from "../../src/actors/ports.ts";
import { workAt } from "../../src/plan/alternatives.ts";
import type { Plan, PlanNode } from "../../src/plan/plan.ts";
import { candidatesOf } from "../actors/random-run/judging.ts";
import { placeNodes, type WorkSpec, worksOf } from "../actors/random-run/plan-spec.ts";
import type { Book, Call, Drive } from "./book.ts";
import { wronglyTold } from "./question-book.ts";
import type { SimCase } from "./sim-case.ts";

export interface CallRules {
  check(call: Call, task: Task, drive: Drive): void;
}

/** What must hold whenever a performer is called, from the plan and from what the world outside has seen. */
export class RulesOfCalls implements CallRules {
  readonly #case: SimCase;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #works: ReadonlyMap<string, WorkSpec>;
  readonly #runId: string;
  readonly #book: Book;
  /** The first attempt at an agent's own work (`PATH/0`), and at each of its alternatives. */
  readonly #firstAttempts = new Map<string, number>();
  /** Which alternative an attempt (`PATH#N`) was at; 0: its own work. */
  readonly #alternatives = new Map<string, number>();

  constructor(one: SimCase, plan: Plan, runId: string, book: Book) {
    this.#case = one;
    this.#nodes = new Map(plan.nodes.map((node) => [node.path, node]));
    this.#works = worksOf(placeNodes(one.spec));
    this.#runId = runId;
    this.#book = book;
  }

  check(call: Call, task: Task, drive: Drive): void {
    const { key, path, attempt } = call;
    const book = this.#book;
    const expected = `${this.#runId}/${path}#${attempt}`;
    if (key !== expected || task.idempotencyKey !== expected)
      book.say("the key stays the same", `${key} is the key of ${expected}`);
    if (drive.state !== "driving")
      book.say("silence", `${expected} is called, though the run is ${drive.state}`);
    if (drive.begun.has(`${path}#${attempt}`))
      book.say("recorded is never run again", `${expected} is called twice by one process`);
    if (book.records.isOver(path, attempt))
      book.say("recorded is never run again", `${expected} is called, but has ended`);
    if (drive.settled.has(path))
      book.say("recorded is never run again", `${expected} is called, but its agent has ended`);
    const driver = book.driverOf();
    if (driver !== null && driver !== call.pid)
      book.say("one driver", `${expected} is called by ${call.pid}, but ${driver} drives the run`);
    this.#alternatives.set(`${path}#${attempt}`, task.alternative?.index ?? 0);
    this.#checkAttempt(call, task, drive);
    this.#checkKept(call, task);
    this.#checkTold(call, task, drive);
    if (task.judges !== undefined) this.#checkJudge(call, task, drive);
    this.#checkNeeds(call, drive);
    this.#checkCapacity(call, drive);
  }

  #checkAttempt({ key, path, attempt }: Call, { alternative }: Task, { wards, questions }: Drive): void {
    const index = alternative?.index ?? 0;
    const asked = questions.of(path).filter((one) => one.attempt < attempt);
    // A restart is no attempt of `retry`, nor is one that only asked.
    const counted = wards.countedAttempt(path, attempt) - asked.length;
    const first = this.#firstAttempts.get(`${path}/${index}`) ?? counted;
    this.#firstAttempts.set(`${path}/${index}`, first);
    if (counted - first >= workAt(this.#agent(path), index).retry.attempts)
      this.#book.say("in order", `${key} is more than the attempts allowed`);
    if (attempt === 1 || this.#case.engine === "memory") return;
    if (!this.#book.records.isOver(path, attempt - 1))
      this.#book.say("in order", `${key} is called before the attempt before it has ended`);
    // An alternative takes over at once.
    if (counted === first && index > 0) return;
    if (wards.wasHeld(path, attempt - 1) || asked.at(-1)?.attempt === attempt - 1) return;
    if (!this.#book.records.hasBackedOff(path, attempt - 1))
      this.#book.say("in time", `${key} is called without its pause`);
  }

  /** After an answer only what may be surer is begun, and after a sure one nothing. */
  #checkKept({ key, path, attempt }: Call, { alternative, model }: Task): void {
    const sureness = this.#book.records.surenessOf(path, attempt - 1);
    if (sureness === undefined) return;
    const before = this.#alternatives.get(`${path}#${attempt - 1}`) ?? 0;
    const { minConfidence = 0 } = this.#agent(path);
    if (sureness >= minConfidence)
      this.#book.say("the surer stands", `${key} follows an answer that was sure`);
    if (model === undefined || alternative?.index !== before + 1)
      this.#book.say("the surer stands", `${key} asks nobody who may be surer than the attempt before`);
  }

  #checkTold({ key, path }: Call, task: Task, { questions }: Drive): void {
    const index = task.alternative?.index ?? 0;
    const last = questions.of(path).at(-1);
    const isSameWork = last && (this.#alternatives.get(`${path}#${last.attempt}`) ?? index) === index;
    const wrong = wronglyTold(task, {
      asked: isSameWork ? last : undefined,
      work: this.#works.get(path)!,
      isDecided: last !== undefined && this.#book.isDecided(last.question),
    });
    if (wrong) this.#book.say("asked, then told", `${key} ${wrong}`);
  }

  /** A judge is shown those of its group whose work has ended well. */
  #checkJudge({ key, path }: Call, task: Task, { shown }: Drive): void {
    const group = this.#nodes.get(task.judges!)!;
    const isJudge = (at: string): boolean => {
      const node = this.#nodes.get(at);
      return node?.kind === "agent" && node.judges !== undefined;
    };
    const well = shown.flatMap((event) => {
      const isOne = event.type === "agent.ended" && ["succeeded", "degraded"].includes(event.status);
      return isOne && !isJudge(event.path) ? [event.path] : [];
    });
    const isWell = (child: string): boolean =>
      well.some((one) => one === child || one.startsWith(`${child}/`) || one.startsWith(`${child}.`));
    const expected = group.children.filter((child) => child !== path && isWell(child));
    if (candidatesOf(task).join() !== expected.join())
      this.#book.say("judged as said", `${key} is shown ${candidatesOf(task)} and not ${expected}`);
  }

  #checkNeeds({ key, path }: Call, drive: Drive): void {
    for (let node = this.#nodes.get(path) ?? this.#nodes.get(copied(path)); node; node = this.#parentOf(node))
      for (const need of node.needs)
        if (!drive.settled.has(need)) this.#book.say("in order", `${key} did not wait for ${need}`);
  }

  #checkCapacity(call: Call, drive: Drive): void {
    const { agents, cpu } = this.#case.spec;
    const others = [...drive.calls].filter((one) => !one.signal.aborted || drive.wards.isStopping(one));
    const atWork = [call, ...others];
    const cores = atWork.reduce((sum, { path }) => sum + (this.#agent(path).resources.cpu ?? 0), 0);
    if (atWork.length > agents)
      this.#book.say("capacity", `${call.key} makes ${atWork.length} of ${agents} agents`);
    if (cores > cpu) this.#book.say("capacity", `${call.key} makes ${cores} of ${cpu} cores`);
  }

  #parentOf({ parent }: PlanNode): PlanNode | undefined {
    return parent === null ? undefined : this.#nodes.get(parent);
  }

  #agent(path: string) {
    const node = this.#nodes.get(path) ?? this.#nodes.get(copied(path));
    const agent = node?.kind === "agent" ? node : node?.forEach?.template;
    if (!agent) throw new Error(`the plan has no ${path}`);
    return agent;
  }
}

/** The fork that an agent was made by at run time. */
function copied(path: string): string {
  return path.replace(/\.\d+$/, "");
}
