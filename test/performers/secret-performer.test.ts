import { expect, test } from "vitest";
import type { PerformContext, Performer, Task } from "../../src/actors/ports.ts";
import { type SecretVariables, withSecrets } from "../../src/performers/secret-performer.ts";
import { HIDDEN } from "../../src/shared/secrets.ts";

const SECRET = "s3cr3t/with+signs";

/** Calls a performer that holds the secret of a task, and gives all that came out of it. */
async function performed(
  perform: Performer["perform"],
  task: Partial<Task>,
  { granted = ["TOKEN"], env = { TOKEN: SECRET } }: Partial<SecretVariables> = {},
) {
  const signals: unknown[] = [];
  const writes: unknown[] = [];
  const context = {
    signal: new AbortController().signal,
    idempotencyKey: "k",
    emit: (signal: unknown) => signals.push(signal),
    board: { get: async () => null, put: async (write: unknown) => writes.push(write) },
  } as unknown as PerformContext;
  const performer = withSecrets({ name: "p", perform }, { granted, env });
  const outcome = await performer.perform({ options: {}, ...task } as Task, context);
  return { outcome, signals, writes };
}

test("the work sees the value at its place only, and the task itself stays as it was", async () => {
  const options = { headers: { authorization: "env:TOKEN", "x/y": ["env:TOKEN"] }, text: "env:TOKEN" };
  const given = JSON.stringify(options);
  let seen: unknown;
  await performed(
    async ({ options }) => {
      seen = options;
      return { kind: "completed", output: "", confidence: { value: 1, source: "checked" } };
    },
    { options, secrets: { "/headers/authorization": "TOKEN", "/headers/x~1y/0": "TOKEN" } },
  );
  expect(seen).toEqual({ headers: { authorization: SECRET, "x/y": [SECRET] }, text: "env:TOKEN" });
  expect(JSON.stringify(options)).toBe(given);
});

test("whatever the work says comes back without the value, in each form that texts write it", async () => {
  const forms = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString("base64")];
  const said = forms.join(" ");
  const task = { secrets: { "/key": "TOKEN" }, options: { key: "env:TOKEN" } };
  const completed = await performed(async (_, { emit, board }) => {
    emit({ kind: "progress", message: said } as never);
    await board.put({ key: "k", value: { [SECRET]: said } });
    return {
      kind: "completed",
      output: said,
      data: { list: [said] },
      artifacts: [{ path: "a", content: said, mediaType: "text/plain" }],
      confidence: { value: 1, source: "checked" },
    };
  }, task);
  const failed = await performed(
    async () => ({
      kind: "failed",
      failure: { code: "X", message: said, retryable: false, detail: { said } },
    }),
    task,
  );
  const asked = await performed(async () => ({ kind: "asks", question: said, state: { said } }), task);
  const everything = JSON.stringify([completed, failed, asked]);
  expect(everything.split(HIDDEN).length).toBeGreaterThan(10);
  for (const form of forms) expect(everything).not.toContain(form);
  await expect(
    performed(async () => {
      throw new Error(`no entry with ${SECRET}`);
    }, task),
  ).rejects.toThrow(`no entry with ${HIDDEN}`);
});

test("without a secret nothing is touched", async () => {
  const outcome = { kind: "completed", output: SECRET, confidence: { value: 1, source: "checked" } } as const;
  expect((await performed(async () => outcome, {})).outcome).toBe(outcome);
});

test("a variable that is not granted, not set or too short to be hidden is never handed on", async () => {
  const task = { secrets: { "/key": "TOKEN" }, options: { key: "env:TOKEN" } };
  const never: Performer["perform"] = () => Promise.reject(new Error("called"));
  const refused: readonly Partial<SecretVariables>[] = [
    { granted: ["OTHER"] },
    { env: {} },
    { env: { TOKEN: "" } },
    { env: { TOKEN: "   short  " } },
  ];
  for (const variables of refused)
    expect((await performed(never, task, variables)).outcome).toMatchObject({
      kind: "failed",
      failure: { code: "SECRET_UNAVAILABLE", retryable: false },
    });
});
