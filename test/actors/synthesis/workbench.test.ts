import { describe, expect, test } from "vitest";
import { HandDrivenRun } from "../../support/hand-driven-run.ts";
import { agent, chain, fork, plan } from "../../support/plans.ts";
import { completed } from "../../support/scripted-performer.ts";
import { textFile } from "./a-result.ts";

const sure = (value: number) => ({ confidence: { value, source: "declared" as const } });

describe("the answer of a run", () => {
  test("holds every result once, in plan order, whoever was faster (W1)", () => {
    const roots = [agent("a"), chain("g", [agent("b"), agent("c", { needs: ["b"] })]), agent("d")];
    const it = new HandDrivenRun(plan(roots)).start().complete("d").complete("g/b").fail("a").complete("g/c");
    expect(it.run.answer!.results.map(({ path, status }) => [path, status])).toEqual([
      ["a", "failed"],
      ["g/b", "succeeded"],
      ["g/c", "succeeded"],
      ["d", "succeeded"],
    ]);
  });

  test("names for each part the agents that it rests on (W2)", () => {
    const command = (name: string, mode: "aggregate" | "best") =>
      chain(name, [fork("f", [agent("x"), agent("y")], { synthesis: mode })], { role: "command" });
    const it = new HandDrivenRun(plan([command("all", "aggregate"), command("one", "best")])).start();
    it.complete("all/f/x").complete("all/f/y");
    it.complete("one/f/x", 1, completed("low", sure(0.1))).complete(
      "one/f/y",
      1,
      completed("high", sure(0.9)),
    );
    expect(it.run.answer!.parts.map(({ path, output, from }) => [path, output, from])).toEqual([
      ["all", "output of all/f/x\n\noutput of all/f/y", ["all/f/x", "all/f/y"]],
      ["one", "high", ["one/f/y"]],
    ]);
  });

  test("keeps of an artifact that two results give the one that the conflict's resolution names", () => {
    const files = (content: string, value: number) =>
      completed("", { artifacts: [textFile("README.md", content)], ...sure(value) });
    const it = new HandDrivenRun(plan([agent("a"), agent("b"), agent("c")])).start();
    it.complete("a", 1, files("first", 0.3)).complete("b", 1, files("second", 0.8));
    it.complete("c", 1, completed("", { artifacts: [textFile("c.txt", "c")] }));
    const { artifacts, conflicts } = it.run.answer!;
    expect(artifacts).toEqual([
      { ...textFile("README.md", "second"), from: "b" },
      { ...textFile("c.txt", "c"), from: "c" },
    ]);
    expect(conflicts.map(({ subject, resolution }) => [subject, resolution.by])).toEqual([
      ["README.md", "confidence"],
    ]);
  });

  test("ranks by confidence, then plan order, and lists repeated results once", () => {
    const it = new HandDrivenRun(plan(["a", "b", "c", "d"].map((name) => agent(name)))).start();
    it.complete("a", 1, completed("same", sure(0.5))).complete("b", 1, completed("same", sure(0.5)));
    it.complete("c", 1, completed("other", sure(0.9))).complete("d", 1, completed("more", sure(0.5)));
    expect(it.run.answer!.ranking).toEqual(["c", "a", "d"]);
    expect(it.run.answer!.duplicates).toEqual({ b: "a" });
  });

  test("compares claims within one command only", () => {
    const command = (name: string) => chain(name, [agent("x"), agent("y")], { role: "command" });
    const claim = (value: string) => completed("", { claims: [{ subject: "db", value }] });
    const it = new HandDrivenRun(plan([command("one"), command("two")])).start();
    it.complete("one/x", 1, claim("a")).complete("one/y", 1, claim("b"));
    it.complete("two/x", 1, claim("c")).complete("two/y", 1, claim("c"));
    expect(it.run.answer!.conflicts.map(({ scope, subject }) => [scope, subject])).toEqual([["one", "db"]]);
    expect(it.run.answer!.quality.agreement).toBe(0.5);
  });

  test("is missing, and the run failed, when a stage of the synthesis breaks", () => {
    const claim = (value: number) => completed("", { claims: [{ subject: "n", value }] });
    const it = new HandDrivenRun(plan([agent("a"), agent("b")])).start();
    it.complete("a", 1, claim(Number.NaN)).complete("b", 1, claim(1));
    expect(it.run.status).toBe("failed");
    expect(it.run.answer).toBeNull();
  });
});
