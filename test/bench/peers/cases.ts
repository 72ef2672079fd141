import type { ContenderName } from "./contenders/contenders.ts";
import { AT_ONCE, layeredGraph, type Work } from "./work.ts";

/** One shape and size, and who takes part. */
export type Case = {
  readonly name: string;
  readonly work: Work;
  readonly contenders: readonly ContenderName[];
  /** No agent returns before all are at work: as many are truly at work at once as there are agents. */
  readonly gated?: true;
  /** Rounds in a full run, and in a quick one; none: left out there. */
  readonly rounds: number;
  readonly quickRounds: number;
};

const MEMORY: readonly ContenderName[] = ["abyssal", "pLimit", "effect", "mastra", "langgraph"];
const DURABLE: readonly ContenderName[] = ["abyssalDurable", "langgraphSqlite"];
const WITHOUT_LANGGRAPH: readonly ContenderName[] = ["abyssal", "pLimit", "effect", "mastra"];

const fanOut = (agents: number, atOnce = AT_ONCE): Work => ({ shape: "fanOut", agents, atOnce });
const chain = (agents: number): Work => ({ shape: "chain", agents });

/** What is measured. Who is absent from a size is too slow there to be measured in minutes (README). */
export const CASES: readonly Case[] = [
  { name: "fanOut100", work: fanOut(100), contenders: [...MEMORY, ...DURABLE], rounds: 15, quickRounds: 0 },
  {
    name: "fanOut1000",
    work: fanOut(1_000),
    contenders: [...MEMORY, ...DURABLE],
    rounds: 15,
    quickRounds: 4,
  },
  {
    name: "fanOut10000",
    work: fanOut(10_000),
    contenders: [...WITHOUT_LANGGRAPH, "abyssalDurable"],
    rounds: 9,
    quickRounds: 3,
  },
  { name: "fanOut100000", work: fanOut(100_000), contenders: WITHOUT_LANGGRAPH, rounds: 5, quickRounds: 0 },
  {
    name: "concurrent1000",
    work: fanOut(1_000, 1_000),
    gated: true,
    contenders: MEMORY,
    rounds: 9,
    quickRounds: 3,
  },
  {
    name: "concurrent10000",
    work: fanOut(10_000, 10_000),
    gated: true,
    contenders: WITHOUT_LANGGRAPH,
    rounds: 7,
    quickRounds: 0,
  },
  { name: "chain100", work: chain(100), contenders: [...MEMORY, ...DURABLE], rounds: 15, quickRounds: 0 },
  { name: "chain1000", work: chain(1_000), contenders: MEMORY, rounds: 9, quickRounds: 3 },
  { name: "chain1000Durable", work: chain(1_000), contenders: DURABLE, rounds: 5, quickRounds: 0 },
  { name: "graph", work: layeredGraph(), contenders: [...MEMORY, "mastraLoops"], rounds: 11, quickRounds: 3 },
  { name: "graphDurable", work: layeredGraph(), contenders: DURABLE, rounds: 7, quickRounds: 0 },
];

/** A figure of ours over a figure of theirs; `atMost` is what it is to be. */
export type Comparison = {
  readonly name: string;
  readonly ours: readonly [caseName: string, contender: ContenderName];
  readonly theirs: readonly [caseName: string, contender: ContenderName];
  /** `agent`: the figures are divided by the numbers of agents first. */
  readonly per: "run" | "agent";
  readonly atMost?: number;
};

const TARGETS: Readonly<Record<string, number>> = {
  "fanOut1000.mastra": 1,
  "fanOut1000.langgraph": 1 / 12,
  "chain1000.mastra": 1 / 8,
  "chain1000.langgraph": 1 / 20,
  "graph.mastra": 1 / 5,
  "graph.langgraph": 1 / 20,
  "fanOut10000.pLimit": 8,
};

/** Ours over each peer's on every case, and ours over ours where a size is compared with another. */
export const COMPARISONS: readonly Comparison[] = [
  ...CASES.flatMap(({ name, contenders }): Comparison[] =>
    contenders.includes("abyssal")
      ? contenders
          .filter((contender) => !contender.startsWith("abyssal") && contender !== "langgraphSqlite")
          .map((contender) => against(name, "abyssal", contender))
      : [],
  ),
  ...CASES.filter(({ contenders }) => contenders.includes("langgraphSqlite")).map(({ name }) => ({
    ...against(name, "abyssalDurable", "langgraphSqlite"),
    ...(name === "fanOut1000" ? { atMost: 1 / 10 } : {}),
  })),
  perAgent("perAgent.100000over1000", "fanOut100000", "fanOut1000"),
  perAgent("perAgent.1000concurrentOver20", "concurrent1000", "fanOut1000"),
  perAgent("perAgent.10000concurrentOver1000at20", "concurrent10000", "fanOut1000"),
];

function against(name: string, ours: ContenderName, theirs: ContenderName): Comparison {
  const key = `${name}.${theirs}`;
  const atMost = TARGETS[key];
  return {
    name: key,
    ours: [name, ours],
    theirs: [name, theirs],
    per: "run",
    ...(atMost ? { atMost } : {}),
  };
}

function perAgent(name: string, large: string, small: string): Comparison {
  return { name, ours: [large, "abyssal"], theirs: [small, "abyssal"], per: "agent", atMost: 1.3 };
}
