import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createAbyssal, type Performer } from "../../../src/index.ts";
import { LIMITS } from "../../../src/shared/limits.ts";
import { HIDDEN, Secrets } from "../../../src/shared/secrets.ts";
import type { AlertNotice } from "../../../src/surfaces/alerts/alert.ts";
import { Webhook } from "../../../src/surfaces/alerts/webhook.ts";
import { AddressRules } from "../../../src/surfaces/alerts/webhook-address.ts";
import { listening } from "../../support/loopback.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const CANARY = "canary-of-the-webhook";

type Received = { readonly headers: IncomingMessage["headers"]; readonly body: string };

/** A receiver on loopback that answers with these statuses in turn, the last one again and again. */
async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  let wake = (): void => {};
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    const status = statuses[Math.min(received.length, statuses.length) - 1]!;
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
    wake();
  });
  const port = await listening(server);
  const until = async (count: number): Promise<void> => {
    while (received.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { url: `http://127.0.0.1:${port}/hook`, port, received, until };
}

const noticeOf = (id: string, words = "it is the matter"): AlertNotice => ({
  id,
  state: "firing",
  rule: "r",
  kind: "budget",
  subject: "runs",
  text: words,
  figures: {},
  sinceMs: 1,
  atMs: 1,
});

function webhook(url: string, allowed: readonly string[] = ["127.0.0.1"]) {
  const clock = new ManualClock();
  const failed: string[] = [];
  let wake = (): void => {};
  const hook = new Webhook({
    url,
    signingKey: "the key",
    addresses: new AddressRules(allowed),
    clock,
    secrets: new Secrets({ env: { A_TOKEN: CANARY } }),
    failed: ({ id }, reason) => {
      failed.push(`${id}: ${reason}`);
      wake();
    },
  });
  const untilFailed = async (count: number): Promise<void> => {
    while (failed.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { hook, clock, failed, untilFailed };
}

test("a notice is one signed document, that a receiver can check, without secrets (H3)", async () => {
  const { url, received, until } = await receiver(204);
  const { hook, clock } = webhook(url);
  hook.send(noticeOf("a/b@1", `with ${CANARY}`));
  await until(1);
  const { headers, body } = received[0]!;
  expect(JSON.parse(body)).toMatchObject({ id: "a/b@1", state: "firing", text: `with ${HIDDEN}` });
  expect(headers["x-abyssal-delivery"]).toBe(encodeURIComponent("a/b@1/firing"));
  const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["x-abyssal-signature"]))!;
  expect(Number(seconds)).toBe(Math.floor(clock.nowMs() / 1000));
  expect(createHmac("sha256", "the key").update(`${seconds}.${body}`).digest("hex")).toBe(signature);
});

test("a notice is tried again, later each time, and the next one follows it in order (H1)", async () => {
  const { url, received, until } = await receiver(500, 302, 200);
  const { hook, clock, failed } = webhook(url);
  hook.send(noticeOf("first"));
  hook.send(noticeOf("second"));
  for (const [tries, waitMs] of [
    [1, LIMITS.alertRetryMs],
    [2, 2 * LIMITS.alertRetryMs],
  ] as const) {
    const armed = clock.pending > 0 ? Promise.resolve() : clock.nextArmed();
    await until(tries);
    await armed;
    clock.advance(waitMs - 1);
    expect(clock.pending).toBe(1);
    clock.advance(1);
  }
  await until(4);
  expect(received.map(({ body }) => JSON.parse(body).id)).toEqual(["first", "first", "first", "second"]);
  expect(failed).toEqual([]);
});

test("a notice that nobody takes is given up and told, and does not keep the next one (H1)", async () => {
  const { url, received, until } = await receiver(
    ...Array.from({ length: LIMITS.alertAttempts }, () => 503),
    200,
  );
  const { hook, clock, failed, untilFailed } = webhook(url);
  hook.send(noticeOf("first"));
  hook.send(noticeOf("second"));
  for (let tries = 1; tries < LIMITS.alertAttempts; tries++) {
    const armed = clock.pending > 0 ? Promise.resolve() : clock.nextArmed();
    await until(tries);
    await armed;
    clock.advance(LIMITS.alertRetryMs * 2 ** tries);
  }
  await untilFailed(1);
  await until(LIMITS.alertAttempts + 1);
  expect(failed).toEqual(["first: answered 503"]);
  expect(JSON.parse(received.at(-1)!.body).id).toBe("second");
});

test("when too many wait, the oldest that has not been tried makes room and is told (H2)", async () => {
  const { url } = await receiver(200);
  const { hook, failed } = webhook(url);
  for (let at = 0; at <= LIMITS.alertsWaiting; at++) hook.send(noticeOf(`n${at}`));
  expect(failed).toEqual(["n1: too many notices wait"]);
});

test.each([
  ["http://127.0.0.1", [], false],
  ["http://localhost", [], false],
  ["http://[::1]", [], false],
  ["http://[::ffff:127.0.0.1]", [], false],
  ["http://169.254.169.254", [], false],
  ["http://2130706433", [], false],
  ["http://127.0.0.1", ["10.0.0.0/8"], false],
])("%s is not connected to, allowed %j (H3)", async (origin, allowed) => {
  const { port, received } = await receiver(200);
  const { hook, failed, untilFailed, clock } = webhook(`${origin}:${port}/`, allowed);
  hook.send(noticeOf("n"));
  hook.close();
  await untilFailed(1);
  expect(received).toEqual([]);
  expect(failed[0]).toMatch(/address of this machine|ADDRESS_REFUSED/);
  expect(clock.pending).toBe(0);
});

test("public addresses may be connected to, and networks that are named", () => {
  const rules = new AddressRules(["10.1.0.0/16", "fd00::1"]);
  expect(["8.8.8.8", "2001:4860:4860::8888", "10.1.2.3", "fd00::1"].map((one) => rules.allows(one))).toEqual(
    Array.from({ length: 4 }, () => true),
  );
  const closed = ["10.2.0.1", "fd00::2", "::ffff:7f00:1", "::ffff:10.2.0.1", "0.0.0.0", "2002:7f00:1::", "x"];
  expect(closed.filter((one) => rules.allows(one))).toEqual([]);
});

test("a configured alert reaches its webhook from a run, and its process may end", async () => {
  const { url, received, until } = await receiver(200);
  const failing: Performer = {
    name: "p",
    perform: async () => ({ kind: "failed", failure: { code: "NO", message: CANARY, retryable: false } }),
  };
  const abyssal = await createAbyssal({
    workingFolder: temporaryFolder(),
    env: { HOOK_SECRET: CANARY },
    clock: new ManualClock(),
    templates: [
      "name: ONE\nversion: 1.0.0\ndescription: d\ncategory: test\nsteps: { a: { run: { performer: p }, retry: { attempts: 1 } } }",
    ],
    performers: [failing],
    config: {
      monitoring: { alertWebhook: url },
      alerts: {
        rules: [{ when: "failure_rate", name: "bad", above: 0.5, minimumRuns: 1, withinMinutes: 5 }],
        signingKeyVariable: "HOOK_SECRET",
        allowedAddresses: ["127.0.0.1"],
      },
    },
  });
  const events: string[] = [];
  abyssal.observatory.alertEvents$.subscribe(({ type, notice }) => events.push(`${type} ${notice.rule}`));
  await abyssal.execute("ABYSSAL[ONE]()");
  expect(events).toEqual(["alert.firing bad"]);
  expect(abyssal.observatory.alerts).toMatchObject([{ rule: "bad", state: "firing" }]);
  abyssal.close();
  await until(1);
  const { body, headers } = received[0]!;
  expect(body).not.toContain(CANARY);
  const [, seconds, signature] = /^t=(\d+),v1=(\w+)$/.exec(String(headers["x-abyssal-signature"]))!;
  expect(createHmac("sha256", CANARY).update(`${seconds}.${body}`).digest("hex")).toBe(signature);
});
