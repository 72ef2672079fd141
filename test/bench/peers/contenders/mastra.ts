import { createStep, createWorkflow } from "@mastra/core/workflows";
import { z } from "zod";
import { type Agent, type Contender, LAYERS, numbers, WIDTH } from "../work.ts";

type Steps = {
  then(step: unknown): Steps;
  parallel(steps: unknown): Steps;
  foreach(step: unknown, options: unknown): Steps;
};
type Flow = Steps & {
  commit(): unknown;
  createRun(): Promise<{ start(options: { inputData: unknown }): Promise<{ status: string }> }>;
};

/**
 * Mastra workflows without a storage: nothing is kept. A workflow is a sequence of entries: the graph's layers become ten
 * `parallel` entries of a hundred steps, which wait for the whole layer before and know no limit of how many at once.
 */
export const mastra: Contender = (work, agent) => {
  const flow = newFlow();
  switch (work.shape) {
    case "fanOut":
      flow.foreach(stepOf("work", agent), { concurrency: work.atOnce });
      return prepared(flow, numbers(work.agents));
    case "fanOutThenOne":
      flow.foreach(stepOf("work", agent), { concurrency: work.atOnce }).then(stepOf("last", agent));
      return prepared(flow, numbers(work.agents));
    case "chain":
      for (const index of numbers(work.agents)) flow.then(stepOf(`s${index}`, agent));
      return prepared(flow, 0);
    case "graph":
      for (const layer of numbers(LAYERS))
        flow.parallel(numbers(WIDTH).map((index) => stepOf(`s${layer * WIDTH + index}`, agent)));
      return prepared(flow, 0);
  }
};

/** The same layers as ten loops over one step, 20 at once: no graph of named steps any more, but Mastra's cheapest way. */
export const mastraLoops: Contender = (work, agent) => {
  if (work.shape !== "graph") return null;
  const flow = newFlow();
  for (const layer of numbers(LAYERS))
    flow.foreach(stepOf(`layer${layer}`, agent), { concurrency: work.atOnce });
  return prepared(flow, numbers(WIDTH));
};

function newFlow(): Flow {
  return createWorkflow({ id: "bench", inputSchema: z.any(), outputSchema: z.any() }) as unknown as Flow;
}

function stepOf(id: string, agent: Agent): unknown {
  return createStep({
    id,
    inputSchema: z.any(),
    outputSchema: z.any(),
    execute: async () => {
      await agent();
      return 1;
    },
  });
}

function prepared(flow: Flow, inputData: unknown) {
  flow.commit();
  return {
    run: async () => {
      const run = await flow.createRun();
      const result = await run.start({ inputData });
      if (result.status !== "success") throw new Error(`Mastra's run ended ${result.status}`);
      return result;
    },
  };
}
