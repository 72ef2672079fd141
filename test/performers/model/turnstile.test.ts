import { once } from "node:events";
import { request } from "node:http";
import { expect, test } from "vitest";
import { Turnstile } from "../../../src/performers/model/turnstile.ts";
import { serve } from "../tools/remote-server.ts";

/** Work of several steps, each a promise. */
async function work(turnstile: Turnstile, name: number, steps: string[]): Promise<void> {
  await turnstile.pass();
  for (const step of ["a", "b", "c"]) {
    steps.push(`${name}${step}`);
    await null;
  }
}

test("of what begins in one turn the first does not wait, and the others follow one after the other (T1)", async () => {
  const turnstile = new Turnstile();
  const steps: string[] = [];
  const all = [1, 2, 3].map((name) => work(turnstile, name, steps));
  expect(turnstile.pass()).toBeInstanceOf(Promise);
  await Promise.all(all);
  expect(steps).toEqual(["1a", "1b", "1c", "2a", "2b", "2c", "3a", "3b", "3c"]);
});

test("what begins in a later turn does not wait for an earlier one (T1)", async () => {
  const turnstile = new Turnstile();
  const { port } = await serve((_, response) => response.end());
  for (let turn = 0; turn < 3; turn++) {
    expect(turnstile.pass()).toBeUndefined();
    const [answer] = await once(request({ port }).end(), "response");
    answer.resume();
  }
});
