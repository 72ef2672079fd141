import type { CompletedOutcome, Failure } from "../plan/outcome.ts";
import type { AgentNode } from "../plan/plan.ts";
import type { Blackboard, BoardReceipt, BoardWrite } from "./blackboard.ts";
import type { EffectPort, Fact } from "./ports.ts";
import type { Notify } from "./run-events.ts";
import type { Scopes } from "./scope.ts";

/** What the desk needs of the run. */
export type BoardDeskPorts = {
  readonly board: Blackboard;
  readonly scopes: Pick<Scopes, "published" | "isTainted">;
  readonly effects: Pick<EffectPort, "answerBoard">;
  readonly clock: { nowMs(): number };
  readonly notify: Notify;
};

/** The fact that an attempt has written something. */
export type BoardWritten = Extract<Fact, { readonly type: "board.written" }>;

type Known = { readonly key: string; readonly receipt: BoardReceipt };

/**
 * Purpose: bring on the blackboard what agents write while they work and publish when they are done.
 * Owns: the receipts of the attempts that are under way. Does not own: entries and their merging, who is at work.
 * Invariants:
 * Q1 the n-th write of an attempt counts once: when the attempt is done anew, the same write gets the same receipt.
 * Q2 what a step publishes is written whole or not at all, before anybody who waits for the step goes on.
 */
export class BoardDesk {
  readonly #ports: BoardDeskPorts;
  /** By path; of the attempt under way only. */
  readonly #receipts = new Map<string, { readonly attempt: number; readonly byNumber: Map<number, Known> }>();

  constructor(ports: BoardDeskPorts) {
    this.#ports = ports;
  }

  /** Applies a write of an attempt under way, and tells the attempt what became of it. */
  write({ path, attempt, write, key, value, ifVersion }: BoardWritten): void {
    const known = this.#receiptsOf(path, attempt);
    const before = known.get(write);
    // Another key: it is not that write again, the work has gone another way.
    const receipt = before?.key === key ? before.receipt : this.#write(path, { key, value, ifVersion });
    known.set(write, { key, receipt });
    this.#ports.effects.answerBoard(path, attempt, write, receipt);
  }

  /** Writes what the step publishes of an outcome; when that cannot be, the attempt has failed, and nothing is written. */
  publish(node: AgentNode, outcome: CompletedOutcome): Failure | null {
    if (!node.publish) return null;
    const { board, scopes } = this.#ports;
    const values = scopes.published(node, node.publish, outcome);
    if (!values.ok) return refused(values.error.message, values.error.hint);
    const versions = Object.keys(values.value).map((key) => [key, board.entry(key)?.version] as const);
    const conflict = board.writeAll(node.path, values.value);
    if (conflict !== null) return refused(conflict, "another attempt may give a value that can be merged");
    if (outcome.tainted || scopes.isTainted(node)) board.taint(Object.keys(values.value));
    for (const [key, version] of versions) this.#tell(node.path, key, version);
    return null;
  }

  /** An agent has ended: its receipts are not asked for any more. */
  forget(path: string): void {
    this.#receipts.delete(path);
  }

  #receiptsOf(path: string, attempt: number): Map<number, Known> {
    const known = this.#receipts.get(path);
    if (known?.attempt === attempt) return known.byNumber;
    const byNumber = new Map<number, Known>();
    this.#receipts.set(path, { attempt, byNumber });
    return byNumber;
  }

  #write(path: string, write: BoardWrite): BoardReceipt {
    const { board } = this.#ports;
    const before = board.entry(write.key)?.version;
    const receipt = board.write(path, write);
    // Nobody can tell where an agent at work has it from.
    if (receipt.kind === "written") board.taint([write.key]);
    this.#tell(path, write.key, before);
    return receipt;
  }

  #tell(path: string, key: string, before: number | undefined): void {
    const { board, notify, clock } = this.#ports;
    const version = board.entry(key)?.version;
    if (version !== undefined && version !== before)
      notify(() => ({ type: "board.changed", path, key, version, atMs: clock.nowMs() }));
  }
}

/** As with an output that breaks its step's contract, another attempt may do better. */
function refused(reason: string, hint: string | undefined): Failure {
  const message = `what the step publishes cannot be written: ${reason}`;
  return { code: "BOARD_REFUSED", message, retryable: true, ...(hint === undefined ? {} : { hint }) };
}
