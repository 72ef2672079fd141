/**
 * A process that imports one library and has it run one agent: `node cold.mjs NAME`. Plain JavaScript, so that no types are
 * stripped within the measured time; ours is the built package, used as a user would, from text to answer.
 */
const agent = async () => ({ done: 1 });

const runs = {
  node: async () => agent(),
  abyssal: async () => {
    const { createAbyssal } = await import("../../../dist/index.js");
    const template =
      "name: ONE\nversion: 1.0.0\ndescription: One agent\ncategory: bench\nparameters: {}\nsteps: { work: { run: { performer: noop } } }\n";
    const noop = {
      name: "noop",
      perform: async () => {
        await agent();
        return { kind: "completed", output: "", confidence: { value: 1, source: "checked" } };
      },
    };
    const abyssal = await createAbyssal({ templates: [template], performers: [noop], env: {} });
    const { status } = await abyssal.execute("ABYSSAL[ONE]()");
    if (status !== "succeeded") throw new Error(`the run ended ${status}`);
  },
  pLimit: async () => {
    const { default: pLimit } = await import("p-limit");
    await pLimit(20)(agent);
  },
  effect: async () => {
    const { Effect } = await import("effect");
    await Effect.runPromise(Effect.promise(agent));
  },
  mastra: async () => {
    const { createStep, createWorkflow } = await import("@mastra/core/workflows");
    const { z } = await import("zod");
    const any = z.any();
    const step = createStep({
      id: "one",
      inputSchema: any,
      outputSchema: any,
      execute: agent,
    });
    const flow = createWorkflow({ id: "bench", inputSchema: any, outputSchema: any }).then(step).commit();
    const run = await flow.createRun();
    const { status } = await run.start({ inputData: 0 });
    if (status !== "success") throw new Error(`the run ended ${status}`);
  },
  langgraph: async () => {
    const { Annotation, END, START, StateGraph } = await import("@langchain/langgraph");
    const State = Annotation.Root({ done: Annotation() });
    const graph = new StateGraph(State)
      .addNode("one", agent)
      .addEdge(START, "one")
      .addEdge("one", END)
      .compile();
    await graph.invoke({ done: 0 });
  },
};

await runs[process.argv[2]]();
