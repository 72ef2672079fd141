import type { Contender } from "../work.ts";

/** Everybody who is measured, by the name in the report; the modules are loaded only where they run. */
export const CONTENDERS = {
  abyssal: { package: null, load: async () => (await import("./abyssal.ts")).abyssal },
  abyssalDurable: { package: null, load: async () => (await import("./abyssal.ts")).abyssalDurable },
  pLimit: { package: "p-limit", load: async () => (await import("./bare.ts")).bare },
  effect: { package: "effect", load: async () => (await import("./effect.ts")).effect },
  mastra: { package: "@mastra/core", load: async () => (await import("./mastra.ts")).mastra },
  mastraLoops: { package: "@mastra/core", load: async () => (await import("./mastra.ts")).mastraLoops },
  langgraph: {
    package: "@langchain/langgraph",
    load: async () => (await import("./langgraph.ts")).langgraph,
  },
  langgraphSqlite: {
    package: "@langchain/langgraph-checkpoint-sqlite",
    load: async () => (await import("./langgraph.ts")).langgraphSqlite,
  },
} satisfies Record<string, { readonly package: string | null; readonly load: () => Promise<Contender> }>;

export type ContenderName = keyof typeof CONTENDERS;
