import type { Signal } from "../../actors/ports.ts";
import { type Failure, NO_USAGE } from "../../plan/outcome.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import { sha3 } from "../../shared/hash.ts";
import type { Json } from "../../shared/json.ts";
import type { Answer, AskModel, Question } from "./question.ts";

type Waiting = { readonly emit: (signal: Signal) => void; readonly tell: (heard: Heard) => void };
/** `isPayer`: the call is this one's to pay for. */
type Heard = { readonly answer: Answer; readonly isPayer: boolean };
/** One call, and who waits for its answer, in order of arrival. */
type Flight = { readonly controller: AbortController; readonly waiting: Set<Waiting> };

/**
 * Purpose: have identical questions that are asked at the same time, by whatever run, answered by one call.
 * Owns: the calls under way. Does not own: answers that have come (the cache's), who may share.
 * Invariants:
 * S1 of identical questions under way at most one call is made at a time.
 * S2 a call goes on as long as anybody waits for it, and is aborted when nobody does.
 * S3 its usage is told to one of those who still wait when it ends, the others were asked for nothing.
 * S4 a failure is told to that one alone: the others ask again.
 */
export class SharedCalls {
  readonly #flights = new Map<string, Flight>();

  /** The same model; `identity` is what else determines its answers: its name, address and settings. */
  share(ask: AskModel, identity: Json): AskModel {
    const shared: AskModel = async (question, signal, emit) => {
      if (signal.aborted) return CANCELLED;
      const { answer, isPayer } = await this.#join(keyOf(question, identity), ask, question, signal, emit);
      if (isPayer || signal.aborted) return answer;
      if (answer.kind === "failed") return shared(question, signal, emit);
      emit({ type: "log", level: "debug", message: "shares the answer to an identical question" });
      return { ...answer, usage: NO_USAGE, isShared: true };
    };
    return shared;
  }

  #join(
    key: string,
    ask: AskModel,
    question: Question,
    signal: AbortSignal,
    emit: Waiting["emit"],
  ): Promise<Heard> {
    const { promise, resolve } = Promise.withResolvers<Heard>();
    const mine: Waiting = { emit, tell: resolve };
    const known = this.#flights.get(key);
    const flight = known ?? { controller: new AbortController(), waiting: new Set<Waiting>() };
    flight.waiting.add(mine);
    const leave = (): void => {
      flight.waiting.delete(mine);
      resolve({ answer: CANCELLED, isPayer: false });
      if (flight.waiting.size > 0) return;
      // Nobody who comes later waits for a call that is given up.
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      flight.controller.abort();
    };
    signal.addEventListener("abort", leave, { once: true });
    if (!known) {
      this.#flights.set(key, flight);
      void this.#fly(key, flight, ask, question);
    }
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }

  async #fly(key: string, flight: Flight, ask: AskModel, question: Question): Promise<void> {
    const answer = await ask(question, flight.controller.signal, (signal) => {
      for (const { emit } of flight.waiting) emit(signal);
    });
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    let isPayer = true;
    for (const { tell } of flight.waiting) {
      tell({ answer, isPayer });
      isPayer = false;
    }
  }
}

function keyOf({ isHeard: _, ...question }: Question, identity: Json): string {
  return sha3(canonicalJson({ identity, question: JSON.parse(JSON.stringify(question)) as Json }));
}

const FAILURE: Failure = {
  code: "CANCELLED",
  message: "cancelled while the model answered",
  retryable: false,
};
/** Who leaves is heard no more: the run counts what was under way. */
const CANCELLED: Answer = { kind: "failed", failure: FAILURE, usage: NO_USAGE };
