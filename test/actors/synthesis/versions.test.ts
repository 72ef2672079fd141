import { describe, expect, test } from "vitest";
import { PlanIndex } from "../../../src/actors/plan-index.ts";
import { Precedence } from "../../../src/actors/synthesis/precedence.ts";
import type { Voice } from "../../../src/actors/synthesis/topics.ts";
import { versionsOf } from "../../../src/actors/synthesis/versions.ts";
import { agent, chain, type Draft, fork, plan } from "../../support/plans.ts";

const MANY = 5_000;
const names = Array.from({ length: MANY }, (_, index) => `a${index}`);

function sorted(drafts: readonly Draft[], paths: readonly string[]) {
  const voices = paths.map((path): Voice => ({ path, value: path, confidence: 1, isDraft: false }));
  const { heads, base, isContested } = versionsOf(voices, new Precedence(new PlanIndex(plan(drafts))));
  return { heads: heads.map(({ path }) => path), base: base?.path ?? null, isContested };
}

// Thousands are no matter of minutes: what a set of its own for each of them would take.
describe("the versions of one file", () => {
  test("of thousands that could each see the one before, the last one stands", () => {
    const commands = names.map((name, index) =>
      chain(name, [agent("work")], index === 0 ? {} : { needs: [names[index - 1]!] }),
    );
    const paths = names.map((name) => `${name}/work`);
    const last = { heads: [paths.at(-1)], base: paths.at(-2), isContested: false };
    expect(sorted(commands, paths)).toEqual(last);
  });

  test("of thousands side by side all stand, and what was there before is what they were made of", () => {
    const wide = fork(
      "wide",
      names.map((name) => agent(name)),
      { needs: ["first"] },
    );
    const paths = names.map((name) => `wide/${name}`);
    const all = { heads: paths, base: "first", isContested: true };
    expect(sorted([agent("first"), wide], ["first", ...paths])).toEqual(all);
  });
});

test("a circle of needs, which no plan has, keeps nobody waiting", () => {
  const circle = plan([agent("a", { needs: ["b"] }), agent("b", { needs: ["a"] })]);
  expect(new Precedence(new PlanIndex(circle)).precedes("a", "b")).toBe(true);
});
