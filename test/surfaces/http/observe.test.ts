import { expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/shared/clock.ts";
import { HIDDEN } from "../../../src/shared/secrets.ts";
import type { AnalyticsReport } from "../../../src/surfaces/analytics/analytics.ts";
import { samplesOf } from "../../support/prometheus.ts";
import { failed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { ask, codeOf, type Server, server } from "./http-harness.ts";
import { bearer, tokenFor } from "./tokens.ts";

/** Runs a program of PAIR to its end. */
async function ran(one: Server, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const body = { command: "ABYSSAL[PAIR]()" };
  expect((await one.ask("/execute?wait=30", { method: "POST", body, headers })).status).toBe(200);
}

async function analytics(one: Server, query = ""): Promise<AnalyticsReport> {
  const answer = await one.ask(`/analytics${query}`);
  expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
  return answer.json;
}

/** What is answered on the metrics' own port. */
const scraped = (one: Server, headers: Record<string, string> = {}, path = "/metrics") =>
  ask(new URL(one.serving.metricsUrl).origin, path, { headers });

test("what a run did stands in the metrics and in the analytics", async () => {
  const scripted = new ScriptedPerformer().script("pair/second", failed("BROKEN", { retryable: false }));
  const one = await server({ scripted });
  expect((await analytics(one)).runs.ended).toBe(0);
  await ran(one);
  const { status, headers, text } = await one.ask("/metrics");
  expect(status).toBe(200);
  expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  const samples = samplesOf(text);
  const counted = Object.fromEntries(
    [
      "abyssal_runs_started_total",
      'abyssal_runs_ended_total{status="partial"}',
      "abyssal_runs_active",
      'abyssal_agent_failures_total{code="BROKEN"}',
    ].map((name) => [name, samples.get(name)]),
  );
  expect(Object.values(counted), JSON.stringify(counted)).toEqual([1, 1, 0, 1]);
  const report = await analytics(one);
  expect(report.runs).toMatchObject({ ended: 1, byStatus: { partial: 1 }, successRate: 0 });
  expect(report.work).toMatchObject({ agents: 2, attempts: 2, failures: [{ code: "BROKEN", count: 1 }] });
  expect(report.templates.map(({ template, commands }) => [template, commands.ended])).toEqual([
    ["PAIR@1.0.0", 1],
  ]);
});

test("analytics are of the runs that ended since a span or a date, and what is neither is refused", async () => {
  const one = await server();
  await ran(one);
  expect((await analytics(one, "?since=1h")).runs.ended).toBe(1);
  expect((await analytics(one, "?since=2099-01-01")).runs.ended).toBe(0);
  for (const query of ["?since=soon", "?since=", "?until=1h", "?since=1h&since=2h"]) {
    const refused = await one.ask(`/analytics${query}`);
    expect([query, refused.status, codeOf(refused)]).toEqual([query, 400, "REQUEST_INVALID"]);
  }
});

test("the records are read for one request at a time", async () => {
  let isHeld = false;
  const begun = Promise.withResolvers<() => void>();
  const clock: Clock = {
    ...systemClock,
    nextTurn: (work) => {
      if (!isHeld) return systemClock.nextTurn(work);
      begun.resolve(work);
      return () => {};
    },
  };
  const folder = temporaryFolder();
  const before = await server({ folder });
  await ran(before);
  await before.serving.close();
  // A server that has done nothing yet: only the analytics ask for turns.
  const one = await server({ folder, clock });
  isHeld = true;
  const first = one.ask("/analytics");
  const goOn = await begun.promise;
  const second = await one.ask("/analytics");
  expect([second.status, codeOf(second), second.headers["retry-after"]]).toEqual([
    429,
    "ANALYTICS_BUSY",
    "1",
  ]);
  isHeld = false;
  goOn();
  expect((await first).status).toBe(200);
  expect((await one.ask("/analytics")).status).toBe(200);
});

test("neither shows a secret", async () => {
  const secret = "HUNTER_TWO_SECRET";
  const scripted = new ScriptedPerformer().script("pair/first", failed(secret, { retryable: false }));
  const one = await server({ scripted, env: { MY_API_KEY: secret } });
  await ran(one);
  const metrics = (await one.ask("/metrics")).text;
  const report = await one.ask("/analytics");
  expect(metrics).toContain(`abyssal_agent_failures_total{code="${HIDDEN}"} 1`);
  expect((report.json as AnalyticsReport).work.failures).toEqual([{ code: HIDDEN, count: 1 }]);
  expect(metrics + report.text).not.toContain(secret);
});

test("the metrics' own port answers them alone, under the rules of the server", async () => {
  const open = await server({ metricsPort: 0 });
  expect(open.serving.metricsUrl).not.toContain(open.serving.url);
  expect((await scraped(open)).text).toContain("abyssal_runs_started_total 0");
  expect((await scraped(open, {}, "/runs")).status).toBe(404);
  expect(codeOf(await scraped(open, { host: "evil.test" }))).toBe("HOST_REFUSED");

  const folder = temporaryFolder();
  const admin = bearer(await tokenFor(folder, { role: "admin" }));
  const operator = bearer(await tokenFor(folder, { role: "operator" }));
  const guarded = await server({ folder, metricsPort: 0 });
  expect(codeOf(await scraped(guarded))).toBe("TOKEN_MISSING");
  expect(codeOf(await scraped(guarded, operator))).toBe("ROLE_INSUFFICIENT");
  expect((await scraped(guarded, admin)).status).toBe(200);
  await guarded.serving.close();
  await expect(scraped(guarded, admin)).rejects.toThrow("ECONNREFUSED");
});

test("without a port of their own the metrics are read on the server's", async () => {
  const { serving } = await server();
  expect(serving.metricsUrl).toBe(`${serving.url}/metrics`);
});

test("a metrics port that is taken is told with its setting, and nothing is left behind", async () => {
  const other = await server();
  const taken = Number(new URL(other.serving.url).port);
  const before = await server({ dashboardPort: 0 });
  const [port, dashboardPort] = [before.serving.url, before.serving.dashboardUrl].map((url) =>
    Number(new URL(url).port),
  ) as [number, number];
  await before.serving.close();
  await expect(server({ port, dashboardPort, metricsPort: taken })).rejects.toThrow(
    new RegExp(`PORT_UNAVAILABLE 127\\.0\\.0\\.1:${taken}: another process .*monitoring\\.metrics_port`),
  );
  const after = await server({ port, dashboardPort, metricsPort: 0 });
  expect((await scraped(after)).status).toBe(200);
});
