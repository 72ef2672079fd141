import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { type Agent, type Contender, callsOf, numbers, type Work } from "../work.ts";
import { openCheckpoints } from "./checkpoint-database.ts";

type Node = () => Promise<{ done: number }>;
/** Graphs are typed by their nodes' names; these are made in loops. */
type Builder = {
  addNode(name: string, node: Node): Builder;
  addEdge(from: string | string[], to: string): Builder;
  addConditionalEdges(from: string, targets: () => Send[], names: string[]): Builder;
  compile(options: object): { invoke(input: unknown, config: unknown): Promise<unknown> };
};

const State = Annotation.Root({
  done: Annotation<number>({ reducer: (sum, more) => sum + more, default: () => 0 }),
});

/** LangGraph in memory, no checkpointer. */
export const langgraph: Contender = (work, agent) => {
  const graph = graphOf(work, agent).compile({});
  return { run: () => graph.invoke({ done: 0 }, { ...limitsOf(work) }) };
};

/** LangGraph with its SQLite checkpointer, its default durability (`async`), one thread for each run. */
export const langgraphSqlite: Contender = (work, agent) => {
  const folder = mkdtempSync(join(tmpdir(), "bench-langgraph-"));
  const database = openCheckpoints(join(folder, "checkpoints.db"));
  const graph = graphOf(work, agent).compile({ checkpointer: new SqliteSaver(database) });
  let runs = 0;
  return {
    run: () => graph.invoke({ done: 0 }, { ...limitsOf(work), configurable: { thread_id: `run-${runs++}` } }),
    close: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

function limitsOf(work: Work): object {
  return {
    recursionLimit: callsOf(work) + 10,
    ...("atOnce" in work ? { maxConcurrency: work.atOnce } : {}),
  };
}

function graphOf(work: Work, agent: Agent): Builder {
  const one: Node = async () => {
    await agent();
    return { done: 1 };
  };
  const graph = new StateGraph(State) as unknown as Builder;
  switch (work.shape) {
    case "fanOut":
    case "fanOutThenOne": {
      const sends = (): Send[] => numbers(work.agents).map((index) => new Send("work", { index }));
      graph.addNode("work", one).addConditionalEdges(START, sends, ["work"]);
      if (work.shape === "fanOut") return graph.addEdge("work", END);
      return graph.addNode("last", one).addEdge("work", "last").addEdge("last", END);
    }
    case "chain":
      for (const index of numbers(work.agents)) {
        graph.addNode(`s${index}`, one).addEdge(index === 0 ? START : `s${index - 1}`, `s${index}`);
      }
      return graph.addEdge(`s${work.agents - 1}`, END);
    case "graph": {
      for (const index of work.needs.keys()) graph.addNode(`s${index}`, one);
      for (const [index, needs] of work.needs.entries()) {
        graph.addEdge(needs.length === 0 ? START : needs.map((need) => `s${need}`), `s${index}`);
      }
      return graph;
    }
  }
}
