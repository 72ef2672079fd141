import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "../support/statistics.ts";
import type { ContenderName } from "./contenders/contenders.ts";
import { round } from "./contest.ts";

/** Bytes on the heap for each agent; `whole` counts the plan, graph or workflow too. */
export type AgentMemory = { readonly agents: number; readonly run: number; readonly whole: number };

const MEASURED: readonly ContenderName[] = [
  "abyssal",
  "abyssalDurable",
  "pLimit",
  "effect",
  "mastra",
  "langgraph",
];
const COLD = ["node", "abyssal", "pLimit", "effect", "mastra", "langgraph"] as const;

/** Memory for each live and each finished agent, each measurement in a process of its own. */
export function memory(rounds: number): Record<string, Record<"live" | "finished", AgentMemory>> {
  return Object.fromEntries(
    MEASURED.map((name) => [
      name,
      { live: agentMemory(name, "live", rounds), finished: agentMemory(name, "finished", rounds) },
    ]),
  );
}

function agentMemory(name: ContenderName, state: string, rounds: number): AgentMemory {
  // LangGraph takes too long for ten thousand at once.
  const agents = name === "langgraph" ? 1_000 : 10_000;
  const found = Array.from(
    { length: rounds },
    () =>
      JSON.parse(run("memory.ts", ["--expose-gc"], [name, state, String(agents)])) as Record<
        "run" | "whole",
        number
      >,
  );
  const per = (key: "run" | "whole"): number => Math.round(median(found.map((one) => one[key])) / agents);
  return { agents, run: per("run"), whole: per("whole") };
}

/** Median ms from starting a process to its end: import of the library and one agent; `node` imports nothing. */
export function coldStart(rounds: number): Record<(typeof COLD)[number], number> {
  const times = new Map<(typeof COLD)[number], number[]>(COLD.map((name) => [name, []]));
  for (let turn = 0; turn <= rounds; turn++) {
    for (const name of COLD) {
      const start = performance.now();
      run("cold.mjs", [], [name]);
      // The first round fills the disk's cache.
      if (turn > 0) times.get(name)!.push(performance.now() - start);
    }
  }
  return Object.fromEntries([...times].map(([name, all]) => [name, round(median(all))])) as Record<
    (typeof COLD)[number],
    number
  >;
}

function run(script: string, flags: readonly string[], args: readonly string[]): string {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, path, ...args], {
    encoding: "utf8",
    env: { ...process.env, NODE_ENV: "production" },
  });
  if (status !== 0) throw new Error(`${script} ${args.join(" ")} ended with exit code ${status}:\n${stderr}`);
  return stdout;
}
