import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { DESCRIPTION_FILE, DescribedAnswers, type Description } from "./described-answers.ts";
import { ask, server } from "./http-harness.ts";

async function described() {
  const { serving } = await server();
  const asking = (path: string) => ask(serving.url, path);
  return { serving, ask: asking, api: (await asking("/openapi.json")).json as Description };
}

test("the description names every route with what requests may hold, and is the one in the documents", async () => {
  const { api, serving } = await described();
  expect(api.openapi).toBe("3.1.0");
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );
  expect(operations.sort()).toEqual(serving.routes.map(({ method, url }) => `${method} ${url}`).sort());
  expect(
    Object.values(api.paths)
      .flatMap(Object.values)
      .filter(({ summary }) => !summary),
  ).toEqual([]);
  expect(JSON.stringify(api.paths["/execute"]!.post!.requestBody)).toContain("maxCostMicros");
  await expect(`${JSON.stringify(api, null, 2)}\n`).toMatchFileSnapshot(DESCRIPTION_FILE);
});

test("every route tells what it answers, problems too, who may ask, and by schemas that hold together", async () => {
  const { api, serving } = await described();
  for (const { method, url, needs } of serving.routes) {
    const operation = api.paths[url.replace(/:(\w+)/g, "{$1}")]![method.toLowerCase()]!;
    const problem = { schema: { $ref: "#/components/schemas/Problem" } };
    expect(operation.responses.default!.content).toEqual({ "application/problem+json": problem });
    expect(Object.keys(operation.responses).filter((status) => status.startsWith("2"))).not.toEqual([]);
    expect(needs === "nothing" ? operation.security : operation["x-permission"]).toEqual(
      needs === "nothing" ? [] : needs,
    );
  }
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "api", ...api });
  for (const name of Object.keys(api.components.schemas))
    expect(ajv.getSchema(`api#/components/schemas/${name}`), name).toBeDefined();
});

test("an answer that is not as described is noticed: a member missing, one too many, another type, another status", async () => {
  const { api, ask } = await described();
  const answers = new DescribedAnswers(api);
  const good = await ask("/readyz");
  expect(answers.faultsOf("GET", "/readyz", good)).toEqual([]);
  const ready = good.json as Record<string, unknown>;
  const { queued: _, ...less } = ready;
  for (const body of [less, { ...ready, more: 1 }, { ...ready, queued: "0" }, { ...ready, status: "asleep" }])
    expect(answers.faultsOf("GET", "/readyz", { ...good, text: JSON.stringify(body) })).toHaveLength(1);
  expect(answers.faultsOf("GET", "/readyz", { ...good, status: 204 })).toHaveLength(1);
  expect(answers.faultsOf("GET", "/readyz", { ...good, headers: {} })).toHaveLength(1);
});

/** As much as a template can hold, in one that can be planned. */
const FULL = `
name: FULL
version: 1.0.0
description: Everything at once
category: test
budget: { max_tokens: 1000000 }
supervision: { strategy: one_for_one }
blackboard: { seen: { merge: union } }
parameters:
  topic: { type: string, position: 1, required: true, description: What it is about }
  depth: { type: enum, values: [low, high], default: low }
  parts: { type: array, default: [a, b] }
  many: { type: integer, minimum: 1, maximum: 9, default: 2 }
steps:
  first:
    agent: researcher
    prompt: "About {{ topic }}"
    parallelism: 3
    synthesis: { mode: vote, resolve: [vote, confidence] }
    output: { type: object }
    publish: { seen: ["{{ topic }}"] }
    fallback: { output: nothing, data: {} }
  each:
    needs: [first]
    forEach: { part: steps.first.artifacts }
    agent: architect
    prompt: "{{ part }}"
    when: "depth == 'high'"
    budget: { max_tokens: 1000 }
    retry: { attempts: 2, backoff: constant }
    success_threshold: 0.5
  nested:
    template: PAIR
    with: { topic: "{{ steps.first.output }}" }
    needs: [first]
  asked:
    needs: [nested]
    run: { performer: human, question: "Which?", choices: [one, two], within: 1h, default: { answer: one } }
synthesis: { mode: aggregate, threshold: 0.8, answer: [each, nested] }
`;

test("templates, plans and results of every kind are as described", async () => {
  const { ask: checked } = await server();
  const made = await checked("/templates", { method: "POST", body: { source: FULL } });
  expect(made.status, made.text).toBe(201);
  const { templates } = (await checked("/templates")).json as { templates: { name: string }[] };
  for (const { name } of templates) expect((await checked(`/templates/${name}`)).status).toBe(200);
  const plan = (command: string) => checked(`/plan?command=${encodeURIComponent(command)}`);
  const full = (await plan("ABYSSAL[FULL]('x', depth='high', extra=ABYSSAL[PAIR]())")).json as {
    plan: { nodes: { kind: string; forEach?: object }[] };
  };
  expect(full.plan.nodes.some(({ forEach }) => forEach)).toBe(true);
  for (const name of ["platform", "hardening", "search-service"]) {
    const text = readFileSync(new URL(`../../../docs/examples/${name}.abyssal`, import.meta.url), "utf8");
    expect((await plan(text)).status, name).toBe(200);
  }
  const ran = await checked("/execute?wait=60", {
    method: "POST",
    body: { command: "ABYSSAL[RESEARCH]('caches') -> ABYSSAL[CODE]('cache')", options: { maxTokens: 1_000 } },
  });
  expect(ran.json).toMatchObject({ status: "succeeded", result: { budgets: [{ scope: { kind: "run" } }] } });
});

test("the documents list every route with the permission that it takes, and no other", async () => {
  const { serving } = await server();
  const page = readFileSync(new URL("../../../docs/reference/http.md", import.meta.url), "utf8");
  const listed = page
    .split("\n")
    .filter((line) => /^\| `(GET|POST|PATCH|DELETE) /.test(line))
    .flatMap((line) => {
      const [, routes = "", needs = ""] = line.split("|").map((cell) => cell.trim());
      const named = [...routes.matchAll(/`([A-Z]+ [^`?]+)[^`]*`/g)].map(([, route]) => route!);
      const permissions = needs.split(", ").map((need) => need.replaceAll("`", ""));
      return named.map((route, index) => `${route} ${permissions[index] ?? permissions.at(-1)}`);
    });
  const served = serving.routes.map(
    ({ method, url, needs }) => `${method} ${url.replace(/:(\w+)/g, "{$1}")} ${needs}`,
  );
  expect(listed.sort()).toEqual(served.sort());
});
