import type { Json } from "../../../src/shared/json.ts";
import { agent, chain, replicas } from "../../support/plans.ts";
import { completed } from "../../support/scripted-performer.ts";
import type { Case } from "./a-case.ts";
import { textFile } from "./a-result.ts";
import { claims, gives, says, writes } from "./answer-of.ts";

const draft = (output: string, value: number) =>
  completed(output, { confidence: { value, source: "draft" } });
const three = (synthesis: "vote" | "best", more = {}) => [replicas("w", 3, { synthesis, ...more })];
/** Two or more answers and a judge over them, whose data are given. */
const judged = (mode: "aggregate" | "merge" | "vote" | "best", names: readonly string[], more = {}) => [
  chain(
    "g",
    [
      ...names.map((name) => agent(name)),
      agent("judge", { needs: names, judges: "g", when: "undecided", fallback: { output: "" } }),
    ],
    { role: "command", synthesis: mode, resolve: ["judge"], judge: "judge", ...more },
  ),
];
const ruling = (data: Json) => says("I have judged", 0.9, { data });

const VOTES: readonly Case[] = [
  {
    title: "vote: two of three short answers win over the surest one",
    plan: three("vote"),
    deeds: { "w/0": says("42", 0.2), "w/1": says("41", 0.9), "w/2": says("42", 0.3) },
    expect: { output: "42", conflicts: [] },
  },
  {
    title: "vote: letter case and spaces make no other answer",
    plan: three("vote"),
    deeds: { "w/0": says("Yes", 0.2), "w/1": says("no", 0.9), "w/2": says(" yes ", 0.3) },
    expect: { output: " yes ", conflicts: [] },
  },
  {
    title: "vote: data count, not the words around them; the order of keys is none",
    plan: three("vote"),
    deeds: {
      "w/0": gives({ a: 1, b: 2 }, 0.1),
      "w/1": gives({ b: 2, a: 1 }, 0.2),
      "w/2": gives({ a: 9, b: 2 }, 0.9),
    },
    expect: { data: { b: 2, a: 1 }, conflicts: [["/a", "choice", 2]] },
  },
  {
    title: "vote: a tie goes to the surer side",
    plan: [replicas("w", 2, { synthesis: "vote" })],
    deeds: { "w/0": says("left", 0.4), "w/1": says("right", 0.6) },
    expect: { output: "right", conflicts: [] },
  },
  {
    title: "vote: a tie of equally sure sides goes to the first",
    plan: [replicas("w", 2, { synthesis: "vote" })],
    deeds: { "w/0": says("left"), "w/1": says("right") },
    expect: { output: "left", conflicts: [] },
  },
  {
    title: "vote: who failed has no vote",
    plan: [replicas("w", 3, { synthesis: "vote", threshold: 0.5 })],
    deeds: { "w/0": null, "w/1": says("A", 0.3), "w/2": says("A", 0.2) },
    expect: { output: "A", conflicts: [] },
  },
  {
    title: "vote: drafts that agree are no evidence",
    plan: [replicas("w", 2, { synthesis: "vote" })],
    deeds: { "w/0": draft("same", 0.4), "w/1": draft("same", 0.3) },
    expect: { output: "same", conflicts: [] },
  },
  {
    title: "vote: files of those who lost are not in the answer, but in the conflict",
    plan: three("vote"),
    deeds: {
      "w/0": { ...writes({ "f.txt": "good" }), output: "v" },
      "w/1": { ...writes({ "f.txt": "good" }), output: "v" },
      "w/2": { ...writes({ "f.txt": "bad", "extra.txt": "x" }, 0.9), output: "other" },
    },
    expect: { output: "v", files: { "f.txt": "good" }, conflicts: [["f.txt", "choice", 2]] },
  },
];

const BESTS: readonly Case[] = [
  {
    title: "best: the surest one answers",
    plan: three("best"),
    deeds: { "w/0": says("a", 0.4), "w/1": says("b", 0.8), "w/2": says("c", 0.6) },
    expect: { output: "b", conflicts: [] },
  },
  {
    title: "best: of equals the first",
    plan: three("best"),
    deeds: { "w/0": says("a", 0.4), "w/1": says("b", 0.8), "w/2": says("c", 0.8) },
    expect: { output: "b", conflicts: [] },
  },
  {
    title: "best: claims and files follow the choice, whatever the others say",
    plan: three("best"),
    deeds: {
      "w/0": { ...claims("db", "mysql", 0.4), artifacts: [textFile("f", "1")] },
      "w/1": { ...claims("db", "postgres", 0.8), artifacts: [textFile("f", "2")] },
      "w/2": { ...claims("db", "mysql", 0.4), artifacts: [textFile("f", "1")] },
    },
    expect: {
      output: 'db is "postgres"',
      files: { f: "2" },
      conflicts: [
        ["f", "choice", 2],
        ["db", "choice", 2],
      ],
    },
  },
  {
    title: "best: two numbers in one field are a conflict, prose that differs is none",
    plan: [replicas("w", 2, { synthesis: "best" })],
    deeds: {
      "w/0": gives({ score: 7, why: "it reads well and it is short enough for everybody here" }, 0.6),
      "w/1": gives({ score: 9, why: "because the tests pass and nobody has found a fault in it" }, 0.5),
    },
    expect: {
      data: { score: 7, why: "it reads well and it is short enough for everybody here" },
      conflicts: [["/score", "choice", 2]],
    },
  },
];

const JUDGED: readonly Case[] = [
  {
    title: "judge: its choice is the best, not the surest",
    plan: judged("best", ["a", "b"]),
    deeds: {
      "g/a": says("A", 0.9),
      "g/b": says("B", 0.1),
      "g/judge": ruling({ choice: "g/b", rulings: [] }),
    },
    expect: { output: "B", conflicts: [] },
  },
  {
    title: "judge: decides a vote that is tied",
    plan: judged("vote", ["a", "b"]),
    deeds: {
      "g/a": says("A", 0.9),
      "g/b": says("B", 0.1),
      "g/judge": ruling({ choice: "g/b", rulings: [] }),
    },
    expect: { output: "B", conflicts: [] },
  },
  {
    title: "judge: is not asked where the vote decides",
    plan: judged("vote", ["a", "b", "c"]),
    deeds: {
      "g/a": says("A", 0.9),
      "g/b": says("B", 0.1),
      "g/c": says("B", 0.1),
      "g/judge": ruling({ choice: "g/a", rulings: [] }),
    },
    expect: { output: "B", conflicts: [] },
  },
  {
    title: "judge: rules on a claim, against the surer and the more",
    plan: judged("aggregate", ["a", "b", "c"]),
    deeds: {
      "g/a": claims("db", "pg", 0.9),
      "g/b": claims("db", "pg", 0.9),
      "g/c": claims("db", "my", 0.1),
      "g/judge": ruling({
        choice: "",
        rulings: [{ conflict: "c1", option: "o2", reason: "it is measured" }],
      }),
    },
    expect: { conflicts: [["db", "judge", 2]] },
  },
  {
    title: "judge: rules on a file",
    plan: judged("aggregate", ["a", "b"]),
    deeds: {
      "g/a": writes({ f: "A" }, 0.9),
      "g/b": writes({ f: "B" }, 0.1),
      "g/judge": ruling({ choice: "", rulings: [{ conflict: "c1", option: "o2", reason: "it compiles" }] }),
    },
    expect: { files: { f: "B" }, conflicts: [["f", "judge", 2]] },
  },
  {
    title: "judge: what names no conflict or option counts for nothing",
    plan: judged("aggregate", ["a", "b"]),
    deeds: {
      "g/a": writes({ f: "A" }, 0.9),
      "g/b": writes({ f: "B" }, 0.1),
      "g/judge": ruling({
        choice: "nobody",
        rulings: [{ conflict: "c7", option: "o1" }, "words", { conflict: "c1" }],
      }),
    },
    expect: { files: { f: "A" }, conflicts: [["f", "confidence", 2]] },
  },
  {
    title: "judge: one that fails leaves the decision to the rules after it",
    plan: judged("aggregate", ["a", "b"]),
    deeds: { "g/a": claims("n", 1, 0.9), "g/b": claims("n", 2, 0.1), "g/judge": null },
    expect: { conflicts: [["n", "confidence", 2]] },
  },
  {
    title: "judge: is asked only for what the rules before it leave open",
    plan: judged("aggregate", ["a", "b", "c"], { resolve: ["vote", "judge"] }),
    deeds: {
      "g/a": {
        ...claims("x", 1, 0.1),
        claims: [
          { subject: "x", value: 1 },
          { subject: "y", value: 1 },
        ],
      },
      "g/b": {
        ...claims("x", 1, 0.1),
        claims: [
          { subject: "x", value: 1 },
          { subject: "y", value: 2 },
        ],
      },
      "g/c": claims("x", 9, 0.9),
      "g/judge": ruling({ choice: "", rulings: [{ conflict: "c1", option: "o2", reason: "so" }] }),
    },
    expect: {
      conflicts: [
        ["x", "vote", 2],
        ["y", "judge", 2],
      ],
    },
  },
  {
    title: "judge: a file that it writes itself replaces those it judged between",
    plan: judged("aggregate", ["a", "b"]),
    deeds: {
      "g/a": writes({ f: "A" }),
      "g/b": writes({ f: "B" }),
      "g/judge": { ...writes({ f: "A and B" }), data: { choice: "", rulings: [] } },
    },
    expect: { files: { f: "A and B" }, conflicts: [["f", "revision", 3]] },
  },
];

/** One whole result is chosen, by votes, by confidence or by a judge; or a judge decides conflict by conflict. */
export const CHOICE_CASES: readonly Case[] = [...VOTES, ...BESTS, ...JUDGED];
