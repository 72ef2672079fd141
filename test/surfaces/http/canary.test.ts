import { expect, test } from "vitest";
import { HIDDEN } from "../../../src/shared/secrets.ts";
import { CANARY, GIVEN, secretsIn } from "../../support/canary.ts";
import { completed, failed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { type Server, server } from "./http-harness.ts";

const LEAKY = `
name: LEAKY
version: 1.0.0
description: Tells what it knows
category: test
parameters: { password: { type: string, required: true }, note: { type: string, default: none } }
steps:
  tells: { run: { performer: scripted } }
  fails: { run: { performer: scripted } }
  asks: { run: { performer: human, question: "Is {{ note }} right?" } }
  waits: { run: { performer: scripted }, approve: true }
`;
const COMMAND = `ABYSSAL[LEAKY](password="${GIVEN}", note="${CANARY}")`;

function leaky(): ScriptedPerformer {
  return new ScriptedPerformer()
    .script("leaky/tells", completed(`${CANARY} ${GIVEN} ${encodeURIComponent(CANARY)}`))
    .script(
      "leaky/fails",
      failed("REFUSED", { message: `not with ${CANARY}, nor ${GIVEN}`, retryable: false }),
    );
}

/** What every route that reads answers, by its address. */
async function allAnswers(one: Server, runId: string): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>();
  for (const { method, url } of one.serving.routes) {
    if (method !== "GET") continue;
    const path = url.replace(":id", runId).replace(":name", "LEAKY").replace(":file", "page.js");
    const query = url === "/plan" ? `?command=${encodeURIComponent(COMMAND)}` : "";
    const until = url.endsWith("/events") ? { until: /"type":"(runs|result|run.suspended)"/ } : {};
    answers.set(url, (await one.ask(path + query, until)).text);
  }
  return answers;
}

const leaksOf = (answers: ReadonlyMap<string, string>): readonly string[] =>
  [...answers].flatMap(([url, text]) => secretsIn(text).map((secret) => `${url}: ${secret}`));

test("a secret in parameters, environment, results, errors and questions is in no answer of any route, at work, at its end or later", async () => {
  const options = { env: { SERVICE_API_KEY: CANARY }, templates: [LEAKY] };
  const one = await server({ ...options, scripted: leaky() });
  const runId = await one.start(COMMAND);
  const events = await one.ask(`/runs/${runId}/events`, { until: /run\.suspended/ });
  expect(events.text).toContain(HIDDEN);
  expect(secretsIn(events.text)).toEqual([]);
  const atWork = await allAnswers(one, runId);
  expect(leaksOf(atWork)).toEqual([]);
  expect(atWork.size).toBeGreaterThan(20);

  const broken = await one.ask("/execute", { method: "POST", body: { command: `${COMMAND}(` } });
  expect([broken.status, secretsIn(broken.text)]).toEqual([422, []]);

  const approve = (path: string, more: object) =>
    one.ask(`/runs/${runId}/approve`, { method: "POST", body: { path, approved: true, ...more } });
  expect((await approve("leaky/asks", { answer: `${GIVEN} it is` })).status).toBe(202);
  await approve("leaky/waits", {});
  await one.ask(`/runs/${runId}/events`);
  const ended = await allAnswers(one, runId);
  expect(ended.get("/status/:id")).toContain('"status":"partial"');
  expect(leaksOf(ended)).toEqual([]);
  await one.serving.close();

  const next = await server({ ...options, folder: one.folder, scripted: leaky() });
  expect(leaksOf(await allAnswers(next, runId))).toEqual([]);
});
