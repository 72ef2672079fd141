import pLimit from "p-limit";
import { type Contender, numbers } from "../work.ts";

/** Promises and p-limit: what the work costs with nobody looking after it. */
export const bare: Contender = (work, agent) => {
  const one = async (): Promise<number> => {
    await agent();
    return 1;
  };
  switch (work.shape) {
    case "fanOut":
      return { run: () => Promise.all(numbers(work.agents).map(limited(work.atOnce, one))) };
    case "fanOutThenOne":
      return {
        run: async () => {
          const results = await Promise.all(numbers(work.agents).map(limited(work.atOnce, one)));
          await one();
          return results;
        },
      };
    case "chain":
      return {
        run: async () => {
          const results: number[] = [];
          for (let agents = 0; agents < work.agents; agents++) results.push(await one());
          return results;
        },
      };
    case "graph":
      return {
        run: () => {
          const limit = pLimit(work.atOnce);
          const ends: Promise<number>[] = [];
          for (const needs of work.needs)
            ends.push(Promise.all(needs.map((need) => ends[need])).then(() => limit(one)));
          return Promise.all(ends);
        },
      };
  }
};

function limited(atOnce: number, one: () => Promise<number>): () => Promise<number> {
  const limit = pLimit(atOnce);
  return () => limit(one);
}
