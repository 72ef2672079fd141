import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { type Abyssal, createAbyssal } from "../../src/index.ts";
import { listening } from "../support/loopback.ts";
import { always, type ModelServer, modelServer } from "../support/model-server.ts";
import { cli, folderWith } from "./cli/cli-harness.ts";

const ANSWER = { content: "Words.", usage: { prompt_tokens: 100, completion_tokens: 10 } };

function template(steps: string, name = "T"): string {
  return `name: ${name}
version: 1.0.0
description: Ask models
category: testing
parameters: { model: { type: string } }
defaults: { retry: { attempts: 1 }, duration: 1s, timeout: 1m }
steps:
${steps}
`;
}

type Setting = {
  readonly steps: string;
  readonly config?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly workingFolder?: string;
  readonly durable?: boolean;
};

function runtime({
  steps,
  config = {},
  env = {},
  workingFolder = folderWith(),
  durable = false,
}: Setting): Promise<Abyssal> {
  return createAbyssal({ workingFolder, env, templates: [template(steps)], config, durable });
}

/** A provider of the user's at a server of the tests. */
const local = ({ mock }: ModelServer, name = "local") => ({ name, baseUrl: `${mock.url}/v1` });

describe("models of agents, kinds and steps", () => {
  test("each agent asks its own, and the result says which", async () => {
    const server = await modelServer([always(ANSWER)]);
    const steps = `  a: { agent: analyst, prompt: p, model: local/small }
  b: { agent: analyst, prompt: q, needs: [a] }`;
    const config = { model: "local/usual", models: { providers: [local(server)] } };
    const result = await (await runtime({ steps, config })).execute("ABYSSAL[T]()");
    expect(server.asked().map(({ model }) => model)).toEqual(["small", "usual"]);
    expect(result.results.map(({ path, model }) => [path, model])).toEqual([
      ["t/a", "local/small"],
      ["t/b", "local/usual"],
    ]);
  });

  test("a command of the program names one for all that it does, and pays its price", async () => {
    const server = await modelServer([always(ANSWER)]);
    const prices = [
      { model: "local/large", inputUsd: 10, outputUsd: 10 },
      { model: "local/usual", inputUsd: 1, outputUsd: 1 },
    ];
    const config = { model: "local/usual", models: { providers: [local(server)], prices } };
    const abyssal = await createAbyssal({ workingFolder: folderWith(), config });
    const result = await abyssal.execute(
      "ABYSSAL[RESEARCH]('vector databases', model='local/large') -> ABYSSAL[DOCUMENT]('search service')",
    );
    const asked = result.results.map(({ path, model }) => [path.split("/")[1], model]);
    expect(new Set(asked.map(String))).toEqual(new Set(["research,local/large", "document,local/usual"]));
    const large = asked.filter(([command]) => command === "research").length;
    expect(result.usage.costMicros).toBe(110 * (10 * large + (asked.length - large)));
    expect(JSON.stringify(server.asked())).not.toContain("local/large");
  });

  test("money is taken at the price of each", async () => {
    const server = await modelServer([always(ANSWER)]);
    const steps = `  a: { agent: analyst, prompt: p, model: local/small }
  b: { agent: analyst, prompt: q, model: local/large }`;
    const prices = [
      { model: "local/small", inputUsd: 1, outputUsd: 1 },
      { model: "local/large", inputUsd: 10, outputUsd: 10 },
    ];
    const config = { models: { providers: [local(server)], prices } };
    const abyssal = await runtime({ steps, config });
    const result = await abyssal.execute("ABYSSAL[T]()", { maxCostMicros: 1_000_000 });
    expect(result.usage.costMicros).toBe(110 + 1_100);
    expect(result.budgets).toMatchObject([{ costMicros: 110 + 1_100 }]);
  });

  test("limited money needs the price of every model that counts towards it, and names the one it lacks", async () => {
    const steps = `  a: { agent: analyst, prompt: p, model: openai/gpt-5 }
  b: { agent: analyst, prompt: q, model: openai/unheard-of }`;
    const abyssal = await runtime({ steps });
    const found = abyssal.judgeBudgets(abyssal.plan("ABYSSAL[T]()"), { maxCostMicros: 10_000_000 });
    expect(found.map(({ code, message }) => [code, message.includes("openai/unheard-of")])).toEqual([
      ["MODEL_PRICE_UNKNOWN", true],
    ]);
  });

  test("a result is used again for the same model only, however that was named", async () => {
    const server = await modelServer([always(ANSWER)]);
    const workingFolder = folderWith();
    const config = { models: { providers: [local(server)] } };
    const cached = async (given: string, steps: string): Promise<boolean | undefined> => {
      const abyssal = await runtime({ steps, config, workingFolder, durable: true });
      const { results } = await abyssal.execute(`ABYSSAL[T](${given})`);
      abyssal.close();
      return results[0]?.cached;
    };
    const handed = '  a: { agent: analyst, prompt: p, model: "{{ model }}" }';
    expect(await cached('model="local/one"', handed)).toBe(false);
    expect(await cached('model="local/two"', handed)).toBe(false);
    expect(await cached('model="local/two"', handed)).toBe(true);
    const written = (model: string) => `  a: { agent: analyst, prompt: "x", model: ${model} }`;
    expect(await cached("", written("local/one"))).toBe(false);
    expect(await cached("", written("local/two"))).toBe(false);
    expect(await cached("", written("local/one"))).toBe(true);
  });

  test("`plan` shows who asks which model", async () => {
    const steps =
      "  a: { agent: analyst, prompt: p, model: openai/gpt-5-nano, fallback: [{ model: openai/gpt-5 }] }";
    const cwd = folderWith({ "templates/t.yaml": template(steps) });
    const { stdout } = await cli(cwd, ["plan", "ABYSSAL[T]()"]);
    expect(stdout).toContain("analyst by model openai/gpt-5-nano");
    expect(stdout).toContain("else analyst by model openai/gpt-5");
  });
});

test("of a provider's calls no more are under way than `calls_at_once`, however many agents and runs ask", async () => {
  let underWay = 0;
  let most = 0;
  const held: (() => void)[] = [];
  const choices = [{ index: 0, message: { role: "assistant", content: "Words." }, finish_reason: "stop" }];
  const port = await listening(
    createServer((request, response) => {
      most = Math.max(most, ++underWay);
      request.resume();
      held.push(() => {
        underWay--;
        response.setHeader("content-type", "application/json").end(JSON.stringify({ id: "c", choices }));
      });
      // Nobody is answered before as many have come as may.
      if (held.length === 4) for (const answer of held.splice(0)) answer();
    }),
  );
  const cwd = folderWith({
    "templates/t.yaml": template("  a: { agent: analyst, prompt: p, forEach: { n: (1..20) }, cache: false }"),
    "abyssal.config.yaml": `model: local/m
execution: { max_concurrent_agents: 16 }
models: { providers: [{ name: local, base_url: "http://127.0.0.1:${port}/v1", calls_at_once: 4 }] }
`,
  });
  const abyssal = await createAbyssal({ workingFolder: cwd, env: {}, configFile: "abyssal.config.yaml" });
  const ends = await Promise.all([1, 2].map(() => abyssal.execute("ABYSSAL[T]()")));
  expect(ends.map(({ status, usage }) => [status, usage.calls])).toEqual([
    ["succeeded", 20],
    ["succeeded", 20],
  ]);
  expect(most).toBe(4);
});

describe("a provider that cannot be asked", () => {
  const two = (model: string) => `  a: { agent: analyst, prompt: p, model: ${model} }
  b: { agent: analyst, prompt: q, model: local/good }`;

  test.each([
    [
      "whose key is missing",
      { baseUrl: "https://example.invalid/v1", keyEnv: "FAR_KEY" },
      "MODEL_KEY_MISSING",
      "set FAR_KEY",
    ],
    ["that is not there", { baseUrl: "http://127.0.0.1:9/v1" }, "MODEL_UNAVAILABLE", "is the server running"],
  ])("%s fails what needs it, with a hint, and the rest goes on", async (_, far, code, hint) => {
    const server = await modelServer([always(ANSWER)]);
    const config = { models: { providers: [local(server), { name: "far", ...far }] } };
    const result = await (await runtime({ steps: two("far/x"), config })).execute("ABYSSAL[T]()");
    expect(result.status).toBe("partial");
    const [a, b] = result.results;
    expect(a?.failure).toMatchObject({ code, hint: expect.stringContaining(hint) });
    expect(b).toMatchObject({ status: "succeeded", model: "local/good" });
  });

  test("is refused when the plan is made, where nobody has declared it", async () => {
    const abyssal = await runtime({
      steps: two("locl/x"),
      config: { models: { providers: [{ name: "local", baseUrl: "http://127.0.0.1:9/v1" }] } },
    });
    expect(() => abyssal.plan("ABYSSAL[T]()")).toThrow(/MODEL_UNKNOWN_PROVIDER/);
    await expect(
      createAbyssal({ workingFolder: folderWith(), env: {}, config: { model: "locl/x" } }),
    ).rejects.toThrow(/MODEL_UNKNOWN_PROVIDER/);
  });

  test.each([
    ["{ name: mine }", "base_url: where it is reached"],
    ["{ name: mine, base_url: ftp://x }", "a URL that begins with http:// or https://"],
    ["{ name: mine, base_url: http://x, key_env: 'sk-123' }", "the name of an environment variable"],
    ["{ name: openai, speaks: anthropic }", "another name, as this provider is built in"],
    ["{ name: mine, base_ulr: http://x }", "base_url"],
    ["{ name: openai, calls_at_once: 0 }", "a whole number from 1 to 1000000"],
  ])("is refused as written: %s", async (provider, expected) => {
    const cwd = folderWith({ "abyssal.config.yaml": `models:\n  providers:\n    - ${provider}\n` });
    const { code, stderr } = await cli(cwd, ["plan", "ABYSSAL[ROADMAP]('x')"]);
    expect(code).toBe(2);
    expect(stderr).toContain("CONFIG_INVALID");
    expect(stderr).toContain(expected);
  });
});

test("a key under a name that tells nothing is a secret all the same, once a provider names it", async () => {
  const provider = { name: "local", baseUrl: "http://127.0.0.1:9/v1", keyEnv: "MAGIC" };
  const env = { MAGIC: "xyzzy-plugh-1" };
  const steps = "  a: { agent: analyst, prompt: p }";
  const told = await runtime({ steps, env, config: { models: { providers: [provider] } } });
  const untold = await runtime({ steps, env });
  expect(untold.observatory.secrets.text("it is xyzzy-plugh-1")).toBe("it is xyzzy-plugh-1");
  expect(told.observatory.secrets.text("it is xyzzy-plugh-1")).not.toContain("plugh");
});
