import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createActor } from "xstate";
import { own, type RunParts } from "../../src/actors/run-parts.ts";
import { Supervision } from "../../src/actors/supervision.ts";
import { supervisorActions } from "../../src/actors/supervisor-actions.ts";
import { supervisorMachine } from "../../src/machines/supervisor.ts";
import type { Failure } from "../../src/plan/outcome.ts";
import { OtpNode, type OtpSpec } from "../support/otp/otp-supervisor.ts";

const CRASH = { code: "PERFORMER_CRASHED", message: "on purpose", retryable: true };

type Worker = { readonly supervisor: string; state: "running" | "stopping" | "rest" | "ended" };

/** Supervisors over workers that only write down what they are told. `slow`: a stop takes until `letStop`. */
class Shop {
  readonly log: string[] = [];
  readonly failed: string[] = [];
  readonly workers = new Map<string, Worker>();
  readonly supervision: Supervision;
  readonly #raised: (() => void)[] = [];
  readonly #slow: boolean;
  #nowMs = 0;

  constructor(spec: OtpSpec, { slow = false } = {}) {
    this.#slow = slow;
    this.supervision = new Supervision({
      raise: (then) => void this.#raised.push(then),
      raiseFirst: (thens) => void this.#raised.unshift(...thens),
      failed: (path) => void this.failed.push(path),
      nowMs: () => this.#nowMs,
    });
    this.#open(spec, null);
  }

  crash(name: string, atMs: number): void {
    const worker = this.workers.get(name)!;
    if (worker.state !== "running") return;
    this.#nowMs = atMs;
    worker.state = "rest";
    this.supervision.crashed(worker.supervisor, name, atMs, CRASH);
    this.#settle();
  }

  end(name: string): void {
    const worker = this.workers.get(name)!;
    if (worker.state !== "running" && worker.state !== "stopping") return;
    worker.state = "ended";
    this.supervision.left(worker.supervisor, name);
    this.#settle();
  }

  letStop(name: string): void {
    const worker = this.workers.get(name)!;
    if (worker.state !== "stopping") return;
    worker.state = "rest";
    this.supervision.stopped(worker.supervisor, name);
    this.#settle();
  }

  get running(): readonly string[] {
    return [...this.workers].filter(([, { state }]) => state === "running").map(([name]) => name);
  }

  #open(spec: OtpSpec, owner: string | null): void {
    const { name, strategy, intensity: restartsMax, periodMs: withinMs } = spec;
    const machine = supervisorMachine.provide({ actions: supervisorActions });
    const input = { path: name, strategy, restartsMax, withinMs, graceMs: 5_000 };
    const ref = createActor(machine, { input });
    const { supervision } = this;
    const wards = {
      supervision,
      open: () => supervision.open(name, ref, owner),
      abandon: (path: string, failure: Failure) => supervision.abandon(path, failure),
    };
    own(ref.system, { nodes: { wards } } as unknown as RunParts);
    ref.start();
    for (const child of spec.children) {
      if (typeof child !== "string") this.#open(child, name);
      else this.#hire(child, name);
    }
  }

  #hire(name: string, supervisor: string): void {
    const worker: Worker = { supervisor, state: "running" };
    this.workers.set(name, worker);
    this.supervision.adopt(supervisor, name, {
      stop: () => {
        this.log.push(`stop ${name}`);
        worker.state = "stopping";
        if (!this.#slow) this.letStop(name);
      },
      restart: () => {
        expect(worker.state).toBe("rest");
        this.log.push(`start ${name}`);
        worker.state = "running";
      },
      abandon: () => {
        expect(worker.state).toBe("rest");
        worker.state = "ended";
      },
    });
  }

  #settle(): void {
    for (let next = this.#raised.shift(); next; next = this.#raised.shift()) next();
  }
}

const STRATEGIES = ["one_for_one", "one_for_all", "rest_for_one"] as const;
const policy = {
  strategy: fc.constantFrom(...STRATEGIES),
  intensity: fc.integer({ min: 0, max: 3 }),
  periodMs: fc.constantFrom(5, 20, 100),
};
const flat = (name: string, workers: readonly string[]): fc.Arbitrary<OtpSpec> =>
  fc.record({ ...policy, name: fc.constant(name), children: fc.constant(workers) });
const tree: fc.Arbitrary<OtpSpec> = fc
  .tuple(flat("s1", ["b", "c", "d"]), flat("s2", ["f", "g"]))
  .chain(([s1, s2]) =>
    fc.record({
      ...policy,
      name: fc.constant("root"),
      children: fc.constantFrom<readonly (string | OtpSpec)[]>(
        ["a", s1, "e", s2],
        [s1, { ...s2, children: ["f", "g", { ...s1, name: "s3", children: ["x", "y"] }] }],
        ["a", "b", "c", "d"],
      ),
    }),
  );
type Happening = { readonly kind: "crash" | "end"; readonly pick: number; readonly afterMs: number };
const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("crash" as const, "crash" as const, "crash" as const, "end" as const),
    pick: fc.nat({ max: 30 }),
    afterMs: fc.constantFrom(0, 1, 4, 5, 6, 30),
  }),
  { maxLength: 25 },
);

describe("supervisors treat crashes as OTP's do", () => {
  test("the same children are stopped and started, in the same order, and the same supervisors fail", () => {
    fc.assert(
      fc.property(tree, happenings, (spec, sequence) => {
        const otp = new OtpNode(spec);
        const shop = new Shop(spec);
        let nowMs = 0;
        for (const { kind, pick, afterMs } of sequence) {
          nowMs += afterMs;
          const alive = otp.workers().filter((worker) => worker.alive);
          const worker = alive[pick % Math.max(1, alive.length)];
          if (!worker) break;
          if (kind === "crash") {
            OtpNode.crash(worker, nowMs);
            shop.crash(worker.name, nowMs);
          } else {
            OtpNode.end(worker);
            shop.end(worker.name);
          }
          expect(shop.log).toEqual(otp.log);
          expect(shop.running).toEqual(
            otp
              .workers()
              .filter(({ alive: isAlive }) => isAlive)
              .map(({ name }) => name),
          );
          expect(shop.failed.includes("root")).toBe(!otp.alive);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("nothing starts again before everything that stops with it has stopped (S1), in any order of stopping", () => {
    fc.assert(
      fc.property(
        tree,
        happenings,
        fc.array(fc.nat({ max: 30 }), { minLength: 60, maxLength: 60 }),
        (spec, sequence, picks) => {
          const shop = new Shop(spec, { slow: true });
          let nowMs = 0;
          let next = 0;
          const stopping = (): string[] =>
            [...shop.workers].filter(([, { state }]) => state === "stopping").map(([name]) => name);
          for (const { kind, pick, afterMs } of sequence) {
            nowMs += afterMs;
            const names = [...shop.workers.keys()];
            const name = names[pick % names.length]!;
            if (kind === "crash") shop.crash(name, nowMs);
            else shop.end(name);
            const waiting = stopping();
            if (waiting.length > 0) shop.letStop(waiting[picks[next++ % picks.length]! % waiting.length]!);
          }
          for (let waiting = stopping(); waiting.length > 0; waiting = stopping())
            shop.letStop(waiting[picks[next++ % picks.length]! % waiting.length]!);
          // Nobody waits for ever: whoever has not ended works again, or the outermost supervisor has failed.
          const resting = [...shop.workers].filter(([, { state }]) => state === "rest");
          expect(resting).toEqual([]);
          if (shop.failed.includes("root")) expect(shop.running).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
