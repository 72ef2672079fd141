import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { median } from "../support/statistics.ts";
import type { Case } from "./cases.ts";
import type { Ask, Reply } from "./child.ts";
import type { ContenderName } from "./contenders/contenders.ts";

/** The times of one contender on one case, ms a run. */
export type Times = {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number;
  readonly samplesMs: readonly number[];
  /** Median of the processor time, ms a run. */
  readonly cpuMs: number;
};

export type Pace = { readonly rounds: number; readonly warmMs: number; readonly sampleMs: number };

/**
 * Purpose: measure contenders against each other, each in a process of its own, never two at once.
 * Owns: the processes. Does not own: what is measured.
 * Invariants:
 * T1 within a round every contender gives one sample; the order turns by one each round.
 * T2 nothing is measured before its contender has done the same work for the same warm-up time.
 * T3 each case has processes of its own: what the compiler has learned from one, or thrown away after it, is in no other's figures.
 */
export class Contest {
  readonly #children = new Map<ContenderName, ChildProcess>();

  /** The times of all who can do the work. */
  async measure(one: Case, pace: Pace): Promise<ReadonlyMap<ContenderName, Times>> {
    const able: ContenderName[] = [];
    for (const name of one.contenders) {
      const { work, gated = false } = one;
      const reply = await this.#ask(name, { ask: "prepare", work, gated, warmMs: pace.warmMs });
      if (reply.reply === "ready" && reply.able) able.push(name);
    }
    const samples = new Map<ContenderName, Sample[]>(able.map((name) => [name, []]));
    for (let round = 0; round < pace.rounds; round++) {
      for (let turn = 0; turn < able.length; turn++) {
        const name = able[(round + turn) % able.length]!;
        const reply = await this.#ask(name, { ask: "sample", sampleMs: pace.sampleMs });
        if (reply.reply === "sampled") samples.get(name)!.push(reply);
      }
    }
    for (const name of able) await this.#ask(name, { ask: "drop" });
    this.close();
    return new Map([...samples].map(([name, all]) => [name, timesOf(all)]));
  }

  close(): void {
    for (const child of this.#children.values()) child.disconnect();
    this.#children.clear();
  }

  async #ask(name: ContenderName, ask: Ask): Promise<Reply> {
    const child = this.#childOf(name);
    child.send(ask);
    const gone = once(child, "exit").then(([code]) => {
      throw new Error(`the process of ${name} ended with exit code ${code}`);
    });
    const [reply] = (await Promise.race([once(child, "message"), gone])) as [Reply];
    if (reply.reply === "broken") throw new Error(`${name}: ${reply.message}`);
    return reply;
  }

  #childOf(name: ContenderName): ChildProcess {
    const known = this.#children.get(name);
    if (known) return known;
    const child = fork(new URL("./child.ts", import.meta.url), [name], {
      execArgv: ["--max-old-space-size=4096"],
      // What libraries print must not get into our own output.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, NODE_ENV: "production" },
    });
    child.setMaxListeners(0);
    this.#children.set(name, child);
    return child;
  }
}

type Sample = { readonly ms: number; readonly cpuMs: number };

function timesOf(taken: readonly Sample[]): Times {
  const samples = taken.map(({ ms }) => ms);
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  const medianMs = median(samples);
  return {
    medianMs: round(medianMs),
    minMs: round(at(0)),
    maxMs: round(at(1)),
    spread: round((at(0.75) - at(0.25)) / 2 / medianMs),
    samplesMs: samples.map(round),
    cpuMs: round(median(taken.map(({ cpuMs }) => cpuMs))),
  };
}

/** Four significant digits: more would promise what no clock keeps. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
