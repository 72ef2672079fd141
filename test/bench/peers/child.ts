/**
 * One contender in a process of its own: `node child.ts NAME`. It works only when the parent asks; each
 * answer is the time of one sample, or `null` where the contender has no way to do that work.
 */
import { CONTENDERS, type ContenderName } from "./contenders/contenders.ts";
import type { Prepared, Work } from "./work.ts";
import { callsOf } from "./work.ts";

/** `gated`: no agent returns before all of them are at work. */
export type Ask =
  | { readonly ask: "prepare"; readonly work: Work; readonly gated: boolean; readonly warmMs: number }
  | { readonly ask: "sample"; readonly sampleMs: number }
  | { readonly ask: "drop" };
export type Reply =
  | { readonly reply: "ready"; readonly able: boolean; readonly peak: number }
  | { readonly reply: "sampled"; readonly ms: number; readonly cpuMs: number }
  | { readonly reply: "dropped" }
  | { readonly reply: "broken"; readonly message: string };

const contender = await CONTENDERS[process.argv[2] as ContenderName].load();
/** Spans of the clock to one of processor time. */
const WAIT_AT_MOST = 5;
let prepared: Prepared | null = null;
let calls = 0;
let expected = 0;

process.on("message", (ask: Ask) => {
  answer(ask).then(
    (reply) => process.send!(reply),
    (error: unknown) => process.send!({ reply: "broken", message: String((error as Error)?.stack ?? error) }),
  );
});

async function answer(ask: Ask): Promise<Reply> {
  switch (ask.ask) {
    case "prepare":
      return prepare(ask.work, ask.gated, ask.warmMs);
    case "sample":
      return { reply: "sampled", ...(await sample(ask.sampleMs)) };
    case "drop":
      prepared?.close?.();
      prepared = null;
      return { reply: "dropped" };
  }
}

async function prepare(work: Work, gated: boolean, warmMs: number): Promise<Reply> {
  expected = callsOf(work);
  prepared = contender(work, gated ? gatedAgent(expected) : async () => void calls++);
  if (!prepared) return { reply: "ready", able: false, peak: 0 };
  const start = performance.now();
  const before = cpuMs();
  // By its own processor time: on a busy machine the same span of the clock would warm it less. Who mostly waits is let go on.
  do await once();
  while (cpuMs() - before < warmMs && performance.now() - start < WAIT_AT_MOST * warmMs);
  return { reply: "ready", able: true, peak: gated ? expected : 0 };
}

/** Mean ms of a run, by the clock and of processor time, over as many runs as fill `sampleMs`, at least one. */
async function sample(sampleMs: number): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const start = performance.now();
  const before = cpuMs();
  let runs = 0;
  do {
    await once();
    runs++;
  } while (performance.now() - start < sampleMs);
  return { ms: (performance.now() - start) / runs, cpuMs: (cpuMs() - before) / runs };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function once(): Promise<void> {
  calls = 0;
  await prepared!.run();
  if (calls !== expected) throw new Error(`${calls} agents were called, ${expected} expected`);
}

function gatedAgent(agents: number): () => Promise<void> {
  let gate = Promise.withResolvers<void>();
  return () => {
    const { promise } = gate;
    if (++calls === agents) {
      gate.resolve();
      gate = Promise.withResolvers<void>();
    }
    return promise;
  };
}
