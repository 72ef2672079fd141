import { Deferred, Effect, Semaphore } from "effect";
import { type Contender, numbers } from "../work.ts";

/** Effect: fibers with structured interruption; typed failures. */
export const effect: Contender = (work, agent) => {
  const one = Effect.promise(async () => {
    await agent();
    return 1;
  });
  switch (work.shape) {
    case "fanOut":
      return {
        run: () =>
          Effect.runPromise(Effect.forEach(numbers(work.agents), () => one, { concurrency: work.atOnce })),
      };
    case "fanOutThenOne": {
      const { agents, atOnce } = work;
      return {
        run: () =>
          Effect.runPromise(
            Effect.gen(function* () {
              const results = yield* Effect.forEach(numbers(agents), () => one, { concurrency: atOnce });
              yield* one;
              return results;
            }),
          ),
      };
    }
    case "chain":
      return { run: () => Effect.runPromise(Effect.forEach(numbers(work.agents), () => one)) };
    case "graph": {
      const { needs, atOnce } = work;
      return {
        run: () =>
          Effect.runPromise(
            Effect.gen(function* () {
              const slots = yield* Semaphore.make(atOnce);
              const ends = needs.map(() => Deferred.makeUnsafe<number>());
              const node = (own: readonly number[], index: number) =>
                Effect.gen(function* () {
                  for (const need of own) yield* Deferred.await(ends[need]!);
                  const result = yield* slots.withPermits(1)(one);
                  yield* Deferred.succeed(ends[index]!, result);
                });
              yield* Effect.forEach(needs, node, { concurrency: "unbounded", discard: true });
            }),
          ),
      };
    }
  }
};
