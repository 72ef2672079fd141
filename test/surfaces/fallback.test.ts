import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAbyssal, type Performer, type Task } from "../../src/index.ts";

const KIND = `
name: asker
description: Asks something that is down
capabilities: []
system: s
performers: [remote]
`;
const ASK = (fallback: string): string => `
name: ASK
version: 1.0.0
description: d
category: test
parameters: { items: { type: array, position: 1, required: true } }
steps:
  ask:
    agent: asker
    prompt: "About {{ item }}"
    forEach: { item: items }
    retry: { attempts: 3, delay: 10s }
    resources: { cpu: 0, memory: 0 }
    fallback: ${fallback}
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "abyssal-fallback-"));
  await mkdir(join(folder, "templates", "agents"), { recursive: true });
  await writeFile(join(folder, "templates", "agents", "asker.yaml"), KIND);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A performer that calls one host, which is down. */
function remote(calls: Task[]): Performer {
  return {
    name: "remote",
    resources: () => ["host:api.example.com"],
    perform: async (task) => {
      calls.push(task);
      return {
        kind: "failed",
        failure: { code: "HOST_UNAVAILABLE", message: "not today", retryable: false },
      };
    },
  };
}

function open(fallback: string, calls: Task[]) {
  return createAbyssal({
    workingFolder: folder,
    env: {},
    templates: [ASK(fallback)],
    performers: [remote(calls)],
  });
}

describe("a step whose performer is down", () => {
  test("is done by another one, degraded, and the breaker is heeded at once: nobody waits for the host", async () => {
    const calls: Task[] = [];
    const abyssal = await open("[{ performer: draft }, { output: none }]", calls);
    const items = Array.from({ length: 60 }, (_, index) => index).join(",");
    const result = await abyssal.execute(`ABYSSAL[ASK]([${items}])`);
    expect(result.status).toBe("succeeded");
    expect(result.results).toHaveLength(60);
    for (const line of result.results) {
      expect(line).toMatchObject({
        status: "degraded",
        attempts: 2,
        confidence: { source: "draft" },
        alternative: { index: 1, agent: "asker", performer: "draft" },
      });
      expect(["HOST_UNAVAILABLE", "BREAKER_OPEN"]).toContain(line.failure!.code);
    }
    expect(calls.length).toBeLessThan(60);
    expect(abyssal.resources().find(({ resource }) => resource === "host:api.example.com")).toMatchObject({
      breaker: "open",
      calls: calls.length,
    });
  });

  test("does other work with options rendered by its expressions", async () => {
    const abyssal = await open(
      '[{ run: { performer: command, command: node, args: ["-p", "process.argv[1]", "{{ item }} instead"] } }]',
      [],
    );
    const result = await abyssal.execute("ABYSSAL[ASK](['bread'])");
    expect(result).toMatchObject({ status: "succeeded", output: expect.stringContaining("bread instead") });
    expect(result.results[0]!.alternative).toEqual({ index: 1, agent: "orchestrator", performer: "command" });
  });
});
