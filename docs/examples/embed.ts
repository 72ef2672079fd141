/**
 * A run inside another XState machine: a review desk that drafts an answer, and can be told to stop.
 * Run it with: node docs/examples/embed.ts
 */
import { assign, createActor, setup, toPromise } from "xstate";
import { createAbyssal, type RunResult, runLogic } from "../../src/index.ts";

const abyssal = await createAbyssal();

export const reviewDesk = setup({
  types: {
    input: {} as { topic: string },
    context: {} as { topic: string; result: RunResult | null },
    events: {} as { type: "stop" },
    output: {} as RunResult | null,
  },
  actors: { run: runLogic(abyssal) },
}).createMachine({
  context: ({ input }) => ({ topic: input.topic, result: null }),
  initial: "drafting",
  output: ({ context }) => context.result,
  states: {
    drafting: {
      invoke: {
        src: "run",
        input: ({ context }) => ({ program: `ABYSSAL[RESEARCH](${JSON.stringify(context.topic)})` }),
        onDone: { target: "reviewed", actions: assign({ result: ({ event }) => event.output }) },
        onError: "refused",
      },
      // Leaving the state stops the run and every agent below it.
      on: { stop: "stopped" },
    },
    reviewed: { type: "final" },
    refused: { type: "final" },
    stopped: { type: "final" },
  },
});

if (import.meta.main) {
  const desk = createActor(reviewDesk, { input: { topic: "vector databases" } });
  desk.start();
  const result = await toPromise(desk);
  console.log(`${result?.status}: ${result?.results.length} agents, quality ${result?.quality.value}`);
  console.log(result?.output.split("\n").slice(0, 12).join("\n"));
}
