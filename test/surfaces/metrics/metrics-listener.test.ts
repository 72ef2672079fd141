import { expect, onTestFinished, test } from "vitest";
import { listenForMetrics } from "../../../src/surfaces/metrics/metrics-listener.ts";
import { ask } from "../http/ask.ts";

async function listen(port = 0, render = async () => "a_total 1\n") {
  const listener = await listenForMetrics({ port, contentType: "text/plain; version=0.0.4", render });
  onTestFinished(() => listener.close());
  return listener;
}

test("the metrics are answered on loopback, and nothing else is", async () => {
  const { url } = await listen();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const answer = await fetch(`${url}?debug=1`);
  expect([answer.status, await answer.text()]).toEqual([200, "a_total 1\n"]);
  expect(answer.headers.get("content-type")).toContain("version=0.0.4");
  expect((await fetch(url.replace("/metrics", "/"))).status).toBe(404);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
});

test("a strange Host and a foreign Origin are refused on loopback", async () => {
  const { url } = await listen();
  const { origin } = new URL(url);
  for (const headers of [
    { host: "evil.test" },
    { host: "localhost.evil.test:80" },
    { origin: "http://evil.test" },
    { origin: "null" },
    { origin: `${origin}0` },
  ])
    expect((await ask(origin, "/metrics", { headers: headers as never })).status).toBe(403);
  for (const headers of [{ host: "localhost:1" }, { host: "[::1]:1" }, { origin }])
    expect((await ask(origin, "/metrics", { headers: headers as never })).status).toBe(200);
});

test("metrics that cannot be read just now are a 503, and the next time is another", async () => {
  let isBroken = true;
  const { url } = await listen(0, async () => {
    if (isBroken) throw new Error("not now");
    return "a_total 2\n";
  });
  expect((await fetch(url)).status).toBe(503);
  isBroken = false;
  expect((await fetch(url)).status).toBe(200);
});

test("a port that is taken is refused with its name", async () => {
  const { url } = await listen();
  await expect(listen(Number(new URL(url).port))).rejects.toThrow(
    /METRICS_PORT_BUSY monitoring\.metrics_port/,
  );
});
