/**
 * What agents keep on the heap: `node --expose-gc memory.ts NAME live|finished AGENTS` prints bytes as JSON.
 * live: all agents are at work at once. finished: all have ended, and one agent more keeps the run going.
 * `run` is what came since the plan, graph or workflow was made; `whole` includes that.
 */
import { CONTENDERS, type ContenderName } from "./contenders/contenders.ts";
import type { Agent, Work } from "./work.ts";
import { AT_ONCE } from "./work.ts";

const [name, state, count] = process.argv.slice(2);
const agents = Number(count);
const contender = await CONTENDERS[name as ContenderName].load();
const live = state === "live";
const work = (size: number): Work =>
  live
    ? { shape: "fanOut", agents: size, atOnce: size }
    : { shape: "fanOutThenOne", agents: size, atOnce: AT_ONCE };

// What is compiled and cached once is not the agents'.
await held(50);
const before = settled();
const { prepared, plan, whole } = await held(agents, true);
console.log(JSON.stringify({ run: whole - plan, whole: whole - before }));
prepared.close?.();
process.exit();

/** Runs up to the moment in question; in earnest it stays there, else it runs to its end. */
async function held(size: number, stay = false) {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const agent: Agent = () => {
    calls++;
    if (calls === (live ? size : size + 1)) reached.resolve();
    return live || calls > size ? gate.promise : Promise.resolve();
  };
  const prepared = contender(work(size), agent)!;
  const plan = stay ? settled() : 0;
  const ended = prepared.run();
  await reached.promise;
  // What was started in the same turn, commits and timers too, comes to rest.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  const whole = stay ? settled() : 0;
  if (!stay) {
    gate.resolve();
    await ended;
    prepared.close?.();
  }
  return { prepared, plan, whole };
}

function settled(): number {
  const collect = (globalThis as { gc?: () => void }).gc!;
  for (let round = 0; round < 4; round++) collect();
  return process.memoryUsage().heapUsed;
}
