import { Observable } from "rxjs/internal/Observable";
import { ReplaySubject } from "rxjs/internal/ReplaySubject";
import type { AgentResult } from "../plan/outcome.ts";

/** How many results are passed on at a time where nobody watches: a message for each one was a tenth of a wide run's time. */
const AT_A_TIME = 64;

/**
 * Purpose: the results of a run on their way to its synthesis.
 * Owns: those that were recorded and not passed on yet. Does not own: what becomes of them.
 * Invariants:
 * H1 every result is passed on once, in the order in which they were recorded, and before the stream is complete.
 * H2 while somebody watches, each is passed on as it is recorded.
 */
export class ResultStream {
  readonly #results$ = new ReplaySubject<readonly AgentResult[]>();
  #kept: AgentResult[] = [];
  #atATime = AT_A_TIME;

  /** Many at a time; those passed on before, too. */
  get results$(): Observable<readonly AgentResult[]> {
    return this.#results$;
  }

  /** Each by itself, those recorded before the subscription too. */
  get each$(): Observable<AgentResult> {
    return new Observable((observer) => {
      this.watch();
      return this.#results$.subscribe({
        next: (results) => {
          for (const result of results) observer.next(result);
        },
        complete: () => observer.complete(),
      });
    });
  }

  /** Somebody watches from now on. */
  watch(): void {
    this.#atATime = 1;
    this.#passOn();
  }

  add(result: AgentResult): void {
    this.#kept.push(result);
    if (this.#kept.length >= this.#atATime) this.#passOn();
  }

  /** Nothing comes after this. */
  complete(): void {
    this.#passOn();
    this.#results$.complete();
  }

  #passOn(): void {
    const results = this.#kept;
    if (results.length === 0) return;
    this.#kept = [];
    this.#results$.next(results);
  }
}
