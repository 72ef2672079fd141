import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/index.ts";
import { cli, folderWith } from "./cli-harness.ts";

const LOOK = `name: LOOK
version: 1.0.0
description: Look at something
category: quality
parameters: { target: { type: string, position: 1, required: true } }
steps:
  check: { agent: auto, capabilities: [security, review], prompt: "Look at {{ target }}." }
`;
const PROGRAM = 'ABYSSAL[LOOK]("gateway")';

describe("on the command line", () => {
  test("a plan says who was chosen and why, and the run says so again", async () => {
    const folder = folderWith({ "templates/look.yaml": LOOK });
    const { code, stdout } = await cli(folder, ["plan", PROGRAM]);
    expect(code).toBe(0);
    expect(stdout).toContain("given to security_reviewer by draft: the best score of 2\n");
    expect(stdout).toMatch(/ {2}reviewer by draft +0\.75 +0\.29 +1\.00 +1\.00 +0\.80 +1\.00\n/);
    const plan = JSON.parse((await cli(folder, ["plan", PROGRAM, "--output", "json"])).stdout) as Plan;
    expect(plan.nodes[1]).toMatchObject({ agent: "security_reviewer", routed: { by: "score", of: 2 } });
    expect((await cli(folder, ["execute", PROGRAM, "--quiet"])).code).toBe(0);
    const [run] = JSON.parse((await cli(folder, ["runs", "--output", "json"])).stdout) as { runId: string }[];
    expect((await cli(folder, ["explain", run!.runId, "look/check"])).stdout).toContain(
      "given to security_reviewer by draft: the best score of 2\n",
    );
  });

  test("a rule that names no agent kind stops every command that plans, with its place", async () => {
    const config = "routing:\n  rules:\n    - { when: { template: LOOK }, use: reviewr }\n";
    const folder = folderWith({ "templates/look.yaml": LOOK, "abyssal.config.yaml": config });
    for (const command of ["plan", "execute", "check"]) {
      const { code, stdout, stderr } = await cli(folder, [command, PROGRAM]);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(
        "error ROUTE_RULE_UNKNOWN: a routing rule names an agent kind that does not exist\n  at abyssal.config.yaml:3:40\n",
      );
      expect(stderr).toContain('did you mean "reviewer"?');
    }
  });

  test("rules and weights may be given by variables as JSON", async () => {
    const folder = folderWith({ "templates/look.yaml": LOOK });
    const chosen = async (env: Record<string, string>): Promise<string> => {
      const { stdout } = await cli(folder, ["plan", PROGRAM, "--output", "json"], { env });
      const [, node] = (JSON.parse(stdout) as Plan).nodes;
      return node?.kind === "agent" ? node.agent : "nobody";
    };
    expect(await chosen({ ABYSSAL_ROUTING_RULES: '[{ "use": "reviewer" }]' })).toBe("reviewer");
    const none = '{ "capability": 0, "priority": 0, "load": 0, "success": 0, "duration": 0 }';
    expect(await chosen({ ABYSSAL_ROUTING_WEIGHTS: none })).toBe("reviewer");
    expect(await chosen({})).toBe("security_reviewer");
  });
});
