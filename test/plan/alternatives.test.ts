import { describe, expect, test } from "vitest";
import type { AgentNode, Plan } from "../../src/plan/plan.ts";
import { loadAgentKind, loadTemplate } from "../../src/templates/load-template.ts";
import { TemplateRegistry } from "../../src/templates/registry.ts";
import { compile, planOf, unwrap } from "../support/compile.ts";

const KINDS = [
  "name: worker\ndescription: d\ncapabilities: [c, d]\nsystem: s\nperformers: [model, draft]\n",
  "name: editor\ndescription: d\ncapabilities: [c]\nsystem: e\nperformers: [human, draft, model]\n",
  "name: orchestrator\ndescription: d\ncapabilities: []\nsystem: s\nperformers: [draft]\n",
];
const PERFORMERS = ["model", "draft", "command", "human"];

function registryOf(step: string): TemplateRegistry {
  const text = `name: ONE\nversion: 1.0.0\ndescription: d\ncategory: c\nsteps:\n  a: { agent: worker, prompt: p, ${step} }\n`;
  const kinds = KINDS.map((kind, index) => unwrap(loadAgentKind(kind, `${index}.yaml`)));
  return unwrap(TemplateRegistry.create([unwrap(loadTemplate(text, "one.yaml"))], kinds));
}

function planned(step: string): Plan {
  return planOf("ABYSSAL[ONE]()", registryOf(step), { performers: PERFORMERS });
}

function agentOf(plan: Plan): AgentNode {
  return plan.nodes.find((node): node is AgentNode => node.kind === "agent")!;
}

function refusalOf(step: string) {
  const compiled = compile("ABYSSAL[ONE]()", registryOf(step), { performers: PERFORMERS });
  return compiled.ok ? undefined : compiled.error[0];
}

describe("alternatives in a plan", () => {
  test("name who does the work: another kind by its own performers, or another performer; never a person", () => {
    const { alternatives } = agentOf(
      planned(
        "fallback: [{ agent: editor }, { performer: draft }, { run: { performer: command, command: echo } }]",
      ),
    );
    expect(alternatives).toMatchObject([
      { agent: "editor", performer: "draft", prompt: "p", options: {} },
      { agent: "worker", performer: "draft", prompt: "p", options: {} },
      { agent: "orchestrator", performer: "command", options: { command: "echo" } },
    ]);
    expect(alternatives![2]).not.toHaveProperty("prompt");
    const hashes = [agentOf(planned("priority: 0")), ...alternatives!].map((one) => one.contentHash);
    // The same work by another performer is cached under that performer; everything else has content of its own.
    expect(new Set(hashes).size).toBe(3);
    expect(hashes[2]).toBe(hashes[0]);
  });

  test("are left out where there are none: such a plan keeps its bytes", () => {
    expect(agentOf(planned("fallback: { output: x }"))).not.toHaveProperty("alternatives");
    expect(planned("fallback: [{ output: x }]").hash).toBe(planned("fallback: { output: x }").hash);
  });

  test("count in what a plan takes at most, and not in what is expected", () => {
    const alone = planned("timeout: 1m, retry: { attempts: 2, max_delay: 1s }").bounds;
    const { bounds } = planned(
      "timeout: 1m, retry: { attempts: 2, max_delay: 1s }, fallback: [{ performer: draft }, { performer: model, retry: { attempts: 3 } }]",
    );
    expect(alone.calls).toEqual({ atLeast: 1, expected: 1, atMost: 2 });
    expect(bounds.calls).toEqual({ atLeast: 1, expected: 1, atMost: 5 });
    expect(bounds.tokens.expected).toBe(alone.tokens.expected);
    expect(bounds.tokens.atMost).toBe((alone.tokens.atMost / 2) * 5);
    expect(alone.wallMs.atMost).toBe(121_000);
    expect(bounds.wallMs.atMost).toBe(121_000 + 121_000 + 182_000);
  });

  test.each([
    ["{ agent: edtor }", "AGENT_UNKNOWN"],
    ["{ performer: nobody }", "PLAN_NO_PERFORMER"],
    ["{ run: { performer: nobody } }", "PLAN_NO_PERFORMER"],
  ])("%s is refused before anything runs: %s", (alternative, code) => {
    expect(refusalOf(`fallback: [{ performer: draft }, ${alternative}]`)).toMatchObject({
      code,
      place: "one.yaml, step a, alternative 2",
    });
  });

  test("need the capabilities of their step", () => {
    expect(refusalOf("capabilities: [d], fallback: [{ agent: editor }]")).toMatchObject({
      code: "ROUTE_CAPABILITY_MISSING",
      place: "one.yaml, step a, alternative 1",
    });
  });
});
