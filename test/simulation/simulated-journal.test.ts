import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Draft, Journal } from "../../src/engine/journal.ts";
import { LEASE_MS } from "../../src/engine/local/leases.ts";
import { SqliteJournal } from "../../src/engine/local/sqlite-journal.ts";
import { AbyssalError } from "../../src/shared/diagnostic.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { agent, plan } from "../support/plans.ts";
import { SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedJournal } from "./simulated-journal.ts";

const SEED = Number(process.env.ABYSSAL_TEST_SEED ?? Date.now() % 2 ** 31);

type Step = {
  readonly what:
    | "accept"
    | "claim"
    | "commit"
    | "end"
    | "renew"
    | "release"
    | "request"
    | "requests"
    | "read"
    | "wait";
  readonly owner: 0 | 1;
  readonly run: 0 | 1;
};

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    what: fc.constantFrom<Step["what"]>(
      ...(["accept", "claim", "commit", "commit", "end", "renew", "release"] as const),
      ...(["request", "requests", "read", "wait"] as const),
    ),
    owner: fc.constantFrom(0 as const, 1 as const),
    run: fc.constantFrom(0 as const, 1 as const),
  }),
  { minLength: 5, maxLength: 40 },
);

const ACCEPTED = JSON.stringify({ plan: plan([agent("a")]), timeoutMs: 1_000, atMs: 0 });
const ENDED = JSON.stringify({ status: "succeeded", atMs: 1, resultHash: "0" });

/** What two processes are told by their journals, step by step: values, or codes of errors. */
function told(all: readonly Step[], journals: readonly Journal[], clock: ManualClock): unknown[] {
  let facts = 0;
  return all.map(({ what, owner, run }) => {
    const journal = journals[owner]!;
    const runId = `r_${run}`;
    const draft = (kind: Draft["kind"], body: string): Draft => ({ runId, kind, body });
    try {
      if (what === "accept") return journal.accept(draft("accepted", ACCEPTED));
      if (what === "claim") return journal.claim(runId).map(({ hash }) => hash);
      if (what === "commit") return journal.commit([draft("fact", `{"n":${facts++}}`)], []);
      if (what === "end") return journal.commit([draft("ended", ENDED)], []);
      if (what === "renew") return journal.renew([runId]);
      if (what === "release") return journal.release([runId]);
      if (what === "request") return journal.request(runId, "{}");
      if (what === "requests") return journal.requests([runId], { fresh: false }).map(({ body }) => body);
      if (what === "read") return [journal.read(runId), journal.list().length, journal.ownerOf(runId)?.live];
      return clock.advance(LEASE_MS / 2 + 1);
    } catch (error) {
      if (error instanceof AbyssalError) return error.code;
      return `broken: ${(error as Error).message}`;
    }
  });
}

test(`the simulated journal tells what the real one tells, seed ${SEED}`, () => {
  fc.assert(
    fc.property(steps, (all) => {
      const folder = mkdtempSync(join(tmpdir(), "abyssal-journal-"));
      const clocks = [new ManualClock(), new ManualClock()];
      const real = [0, 1].map(() => new SqliteJournal(folder, clocks[0]!));
      try {
        const disk = new SimulatedDisk();
        const simulated = [0, 1].map(
          (pid) =>
            new SimulatedJournal(
              {
                pid,
                clock: clocks[1]!,
                alive: () => {},
                lives: () => true,
                write: (changes) => {
                  disk.write(changes);
                  disk.sync();
                },
              },
              disk,
            ),
        );
        expect(told(all, simulated, clocks[1]!)).toEqual(told(all, real, clocks[0]!));
      } finally {
        for (const journal of real) journal.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});
