import { agent, chain, fork, replicas } from "../../support/plans.ts";
import type { Case } from "./a-case.ts";
import { claims, gives, says, writes } from "./answer-of.ts";

const pair = (options = {}) => [chain("g", [agent("a"), agent("b")], { role: "command", ...options })];
/** An earlier step that both later ones see. */
const overBase = (options = {}) => [
  chain("g", [agent("base"), agent("a", { needs: ["base"] }), agent("b", { needs: ["base"] })], {
    role: "command",
    ...options,
  }),
];
const LINES = "one\ntwo\nthree\nfour\nfive\n";

const MERGES: readonly Case[] = [
  {
    title: "merge: sections under one heading become one, what was said before once",
    plan: [fork("w", [agent("a"), agent("b")], { synthesis: "merge" })],
    deeds: {
      "w/a": says("# Risks\n\nDisk fills up.\n\n# Cost\n\n5 days"),
      "w/b": says("# Risks\n\ndisk  fills up.\n\nKeys leak.\n\n# Team\n\n2 people"),
    },
    expect: {
      output: "# Risks\n\nDisk fills up.\n\nKeys leak.\n\n# Cost\n\n5 days\n\n# Team\n\n2 people",
      conflicts: [],
    },
  },
  {
    title: "merge: the same words under another heading stay",
    plan: [fork("w", [agent("a"), agent("b")], { synthesis: "merge" })],
    deeds: { "w/a": says("# Risks\n\nNone."), "w/b": says("# Blockers\n\nNone.") },
    expect: { output: "# Risks\n\nNone.\n\n# Blockers\n\nNone.", conflicts: [] },
  },
  {
    title: "merge: a fenced block is one paragraph, whatever stands in it",
    plan: [fork("w", [agent("a"), agent("b")], { synthesis: "merge" })],
    deeds: {
      "w/a": says("```sh\n# not a heading\n\nmake\n```"),
      "w/b": says("```sh\n# not a heading\n\nmake\n```\n\nmake"),
    },
    expect: { output: "```sh\n# not a heading\n\nmake\n```\n\nmake", conflicts: [] },
  },
  {
    title: "merge: data of agents on the same work become one, field by field",
    plan: [replicas("w", 3, { synthesis: "merge" })],
    deeds: {
      "w/0": gives({ tags: ["a", "b"], size: 3, only: true }),
      "w/1": gives({ tags: ["b", "c"], size: 4 }),
      "w/2": gives({ tags: [], size: 4 }),
    },
    expect: {
      data: { tags: ["a", "b", "c"], size: 4, only: true },
      conflicts: [["/size", "vote", 2]],
    },
  },
  {
    title: "merge: changes of one file in different places both stand",
    plan: overBase({ synthesis: "merge" }),
    deeds: {
      "g/base": writes({ f: LINES }),
      "g/a": writes({ f: LINES.replace("one", "ONE") }),
      "g/b": writes({ f: LINES.replace("five", "FIVE") }),
    },
    expect: { files: { f: "ONE\ntwo\nthree\nfour\nFIVE\n" }, conflicts: [["f", "merge", 3]] },
  },
  {
    title: "merge: three authors over one base",
    plan: [chain("g", [agent("base"), ...["a", "b", "c"].map((name) => agent(name, { needs: ["base"] }))])],
    deeds: {
      "g/base": writes({ f: LINES }),
      "g/a": writes({ f: LINES.replace("one", "ONE") }),
      "g/b": writes({ f: LINES.replace("five", "FIVE") }),
      "g/c": writes({ f: LINES.replace("three", "THREE") }),
    },
    expect: { files: { f: "ONE\ntwo\nTHREE\nfour\nFIVE\n" }, conflicts: [["f", "merge", 4]] },
  },
  {
    title: "merge: the same change by both is made once",
    plan: overBase(),
    deeds: {
      "g/base": writes({ f: LINES }),
      "g/a": writes({ f: LINES.replace("one", "ONE").replace("five", "5") }),
      "g/b": writes({ f: LINES.replace("one", "ONE") }),
    },
    expect: { files: { f: "ONE\ntwo\nthree\nfour\n5\n" }, conflicts: [["f", "merge", 3]] },
  },
  {
    title: "merge: changes of the same line cannot both stand: the surer version does",
    plan: overBase(),
    deeds: {
      "g/base": writes({ f: LINES }),
      "g/a": writes({ f: LINES.replace("one", "uno") }, 0.4),
      "g/b": writes({ f: LINES.replace("one", "eins") }, 0.7),
    },
    expect: { files: { f: LINES.replace("one", "eins") }, conflicts: [["f", "confidence", 3]] },
  },
  {
    title: "merge: without a version before them there is nothing to merge over",
    plan: pair(),
    deeds: { "g/a": writes({ f: "x\n" }, 0.4), "g/b": writes({ f: "y\n" }, 0.7) },
    expect: { files: { f: "y\n" }, conflicts: [["f", "confidence", 2]] },
  },
  {
    title: "merge: what would break JSON is not merged",
    plan: overBase(),
    deeds: {
      "g/base": writes({ "p.json": '{\n"a": 1\n,\n"b": 2\n}' }),
      "g/a": writes({ "p.json": '{\n"a": 1\n}' }, 0.6),
      "g/b": writes({ "p.json": '{\n"a": 1\n,\n"b": 2\n,"c": 3\n}' }),
    },
    expect: { files: { "p.json": '{\n"a": 1\n}' }, conflicts: [["p.json", "confidence", 3]] },
  },
];

const EDITS: readonly Case[] = [
  {
    title: "edits: a later agent that could see the file revises it, which is no conflict",
    plan: [chain("g", [agent("write"), agent("review", { needs: ["write"] })])],
    deeds: { "g/write": writes({ f: "old" }, 0.9), "g/review": writes({ f: "new" }, 0.1) },
    expect: { files: { f: "new" }, conflicts: [] },
  },
  {
    title: "edits: three revisions in a row end with the last",
    plan: [chain("g", [agent("one"), agent("two", { needs: ["one"] }), agent("three", { needs: ["two"] })])],
    deeds: { "g/one": writes({ f: "1" }), "g/two": writes({ f: "2" }), "g/three": writes({ f: "3" }) },
    expect: { files: { f: "3" }, conflicts: [] },
  },
  {
    title: "edits: two at once and a third that saw both: its version stands, the conflict is told",
    plan: [chain("g", [agent("a"), agent("b"), agent("both", { needs: ["a", "b"] })])],
    deeds: { "g/a": writes({ f: "A" }), "g/b": writes({ f: "B" }), "g/both": writes({ f: "AB" }) },
    expect: { files: { f: "AB" }, conflicts: [["f", "revision", 3]] },
  },
  {
    title: "edits: a third that saw only one of two replaces that one, not the other",
    plan: [chain("g", [agent("a"), agent("b"), agent("after", { needs: ["a"] })])],
    deeds: { "g/a": writes({ f: "A" }), "g/b": writes({ f: "B" }, 0.9), "g/after": writes({ f: "A2" }, 0.2) },
    expect: { files: { f: "B" }, conflicts: [["f", "confidence", 3]] },
  },
  {
    title: "edits: the same content by two is no conflict",
    plan: pair(),
    deeds: { "g/a": writes({ f: "same" }), "g/b": writes({ f: "same" }) },
    expect: { files: { f: "same" }, conflicts: [] },
  },
  {
    title: "edits: different files by two are no conflict",
    plan: pair(),
    deeds: { "g/a": writes({ a: "1" }), "g/b": writes({ b: "2" }) },
    expect: { files: { a: "1", b: "2" }, conflicts: [] },
  },
  {
    title: "edits: commands that run at once conflict over a file, too",
    plan: [fork("p", [...pair(), chain("h", [agent("c")], { role: "command" })])],
    deeds: { "p/g/a": writes({ f: "x" }, 0.4), "p/h/c": writes({ f: "y" }, 0.8) },
    expect: { files: { f: "y" }, conflicts: [["f", "confidence", 2]] },
  },
  {
    title: "edits: a command that waits for another revises its files",
    plan: [
      chain("first", [agent("a")], { role: "command" }),
      chain("then", [agent("b")], { role: "command", needs: ["first"] }),
    ],
    deeds: { "first/a": writes({ f: "x" }, 0.9), "then/b": writes({ f: "y" }, 0.1) },
    expect: { files: { f: "y" }, conflicts: [] },
  },
  {
    title: "edits: confidence declared as the rule goes before votes",
    plan: [chain("g", [agent("a"), agent("b"), agent("c")], { role: "command", resolve: ["confidence"] })],
    deeds: { "g/a": writes({ f: "x" }, 0.2), "g/b": writes({ f: "x" }, 0.2), "g/c": writes({ f: "y" }, 0.9) },
    expect: { files: { f: "y" }, conflicts: [["f", "confidence", 2]] },
  },
  {
    title: "edits: vote declared as the rule goes before a merge that could be made",
    plan: overBase({ resolve: ["vote"] }),
    deeds: {
      "g/base": writes({ f: LINES }),
      "g/a": writes({ f: LINES.replace("one", "ONE") }, 0.3),
      "g/b": writes({ f: LINES.replace("five", "FIVE") }, 0.6),
    },
    expect: { files: { f: LINES.replace("five", "FIVE") }, conflicts: [["f", "confidence", 3]] },
  },
];

const CLAIMS: readonly Case[] = [
  {
    title: "claims: two of three say so",
    plan: [chain("g", [agent("a"), agent("b"), agent("c")], { role: "command" })],
    deeds: { "g/a": claims("db", "pg", 0.2), "g/b": claims("db", "my", 0.9), "g/c": claims("db", "pg", 0.2) },
    expect: { conflicts: [["db", "vote", 2]] },
  },
  {
    title: "claims: null and zero and the empty text are different values",
    plan: [chain("g", [agent("a"), agent("b"), agent("c")], { role: "command" })],
    deeds: { "g/a": claims("n", null), "g/b": claims("n", 0, 0.6), "g/c": claims("n", "") },
    expect: { conflicts: [["n", "confidence", 3]] },
  },
  {
    title: "claims: a later agent that says otherwise contradicts, as both stand in the answer",
    plan: [chain("g", [agent("a"), agent("b", { needs: ["a"] })], { role: "command" })],
    deeds: { "g/a": claims("n", 1), "g/b": claims("n", 2) },
    expect: { conflicts: [["n", "order", 2]] },
  },
];

/** Everything stands as far as it can: texts, data and files are merged, claims compared. */
export const EDIT_CASES: readonly Case[] = [...MERGES, ...EDITS, ...CLAIMS];
