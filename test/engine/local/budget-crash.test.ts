import { expect, test } from "vitest";
import type { Performer } from "../../../src/actors/ports.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { agent, fork, plan } from "../../support/plans.ts";
import { completed } from "../../support/scripted-performer.ts";
import { MortalProcesses } from "./mortal-processes.ts";

const NONE = { atLeast: 0, expected: 0, atMost: 0 };
const BOUND = 10;
const TOOK = 6;

/** Three agents of two calls each: 36 tokens, and a crash may cost the bounds of what was under way. */
const limited = (maxTokens: number): Plan => ({
  ...plan([
    fork(
      "f",
      ["a", "b", "c"].map((name) => agent(name)),
      { threshold: 0.1 },
    ),
  ]),
  budgets: [
    {
      scope: { kind: "run" },
      limits: { maxTokens },
      bounds: { calls: NONE, tokens: NONE, costMicros: NONE },
    },
  ],
});

/** What the server of the calls has counted, in all processes together, calls under way at their bounds. */
class Server {
  done = 0;
  underWay = 0;
  most = 0;

  begin(): void {
    this.underWay += BOUND;
    this.most = Math.max(this.most, this.done + this.underWay);
  }

  end(): void {
    this.underWay -= BOUND;
    this.done += TOOK;
  }
}

function calling(server: Server): Performer["perform"] {
  return async ({ path }, { calls }) => {
    for (let count = 0; count < 2; count++) {
      const reserved = await calls!.reserve({ tokens: BOUND, costMicros: 0 });
      if ("code" in reserved) return { kind: "failed", failure: reserved };
      server.begin();
      await null;
      server.end();
      reserved.settle({ tokens: TOOK, costMicros: 0 });
    }
    return completed(path);
  };
}

test.each([
  ["before", 50],
  ["after", 50],
  ["before", 100],
  ["after", 100],
] as const)(
  "a process that dies just %s any commit: what was spent counts after the resume, and no call goes beyond a budget of %i",
  async (when, limit) => {
    const server = new Server();
    const whole = new MortalProcesses(limited(limit), calling(server));
    const end = await whole.run(null);
    expect(end.status).toBe("succeeded");
    expect(end.budgets).toMatchObject([{ tokens: 6 * TOOK }]);
    expect(server).toMatchObject({ done: 36, underWay: 0 });
    expect(whole.commits).toBeGreaterThanOrEqual(6);
    for (let at = 1; at <= whole.commits; at++) {
      const paid = new Server();
      const world = new MortalProcesses(limited(limit), calling(paid));
      const { status, budgets } = await world.run({ at, when });
      expect(world.crashes, `commit ${at}`).toBe(1);
      expect(paid.most, `commit ${at}`).toBeLessThanOrEqual(limit);
      expect(budgets[0]!.tokens, `commit ${at}`).toBeGreaterThanOrEqual(paid.done);
      expect(budgets[0]!.tokens, `commit ${at}`).toBeLessThanOrEqual(limit);
      // What was under way in a crash is lost: of the smaller budget too much for all to be done.
      if (limit === 100) expect(status, `commit ${at}`).toBe("succeeded");
      expect(world.problems()).toEqual([]);
    }
  },
);
