import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { may, ROLES } from "../../../src/surfaces/http/permissions.ts";
import type { RouteRow } from "../../../src/surfaces/http/server-ports.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type Answer, type Asked, ask, codeOf, type Server, server, TEMPLATES } from "./http-harness.ts";
import { bearer, brokenTokens, HOUR_MS, tokenFor } from "./tokens.ts";

/** What each route is asked, so that it would do something if it might; a route that is missing here fails the test. */
const REQUESTS: Readonly<Record<string, Asked & { readonly query?: string; readonly first?: RegExp }>> = {
  "POST /execute": { body: { command: "ABYSSAL[PAIR]()" } },
  "POST /batch": { body: { commands: ["ABYSSAL[PAIR]()"] } },
  "GET /status/:id": {},
  "GET /runs": {},
  "POST /runs/:id/cancel": { body: { reason: "test" } },
  "POST /runs/:id/approve": { body: { path: "asks/act", approved: true } },
  "POST /runs/:id/resume": {},
  "GET /runs/:id/events": {},
  "GET /runs/events": { until: /"type":"runs"/ },
  "GET /templates": {},
  "GET /templates/:name": {},
  "GET /plan": { query: `?command=${encodeURIComponent("ABYSSAL[PAIR]()")}` },
  "POST /templates": { body: { source: TEMPLATES[0] } },
  "GET /config": {},
  "PATCH /config": { body: { server: { drain_seconds: 0 } } },
  "POST /config/reload": {},
  "GET /audit": {},
  "GET /audit/check": {},
  "GET /openapi.json": {},
  "GET /runs/:id/dead-letters": {},
  "GET /admin/runs": {},
  "POST /admin/drain": { body: { draining: false } },
  "GET /admin/cache": {},
  "POST /admin/cache/clear": {},
  "POST /admin/breakers/reset": { body: { resource: "host:nowhere" } },
  "GET /overview": {},
  "GET /metrics": {},
  "GET /analytics": {},
  "GET /machines": {},
  "GET /": {},
  "GET /assets/:file": {},
  "GET /healthz": {},
  "GET /readyz": {},
};

const keyOf = ({ method, url }: RouteRow): string => `${method} ${url}`;

/** A server with keys, and a run of tenant `default` that has ended. */
async function guarded(): Promise<{ readonly one: Server; readonly runId: string }> {
  const folder = temporaryFolder();
  const admin = await tokenFor(folder, { role: "admin" });
  const one = await server({ folder });
  const { json } = await one.ask("/execute?wait=30", {
    method: "POST",
    body: { command: "ABYSSAL[PAIR]()" },
    headers: bearer(admin),
  });
  return { one, runId: (json as { runId: string }).runId };
}

function asking(
  one: Server,
  route: RouteRow,
  runId: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const asked = REQUESTS[keyOf(route)];
  if (!asked) throw new Error(`the test does not know how to ask ${keyOf(route)}`);
  const path =
    route.url.replace(":id", runId).replace(":name", "PAIR").replace(":file", "page.js") +
    (asked.query ?? "");
  const { method } = route;
  return one.ask(path, { ...asked, method, headers: { ...headers, ...asked.headers } });
}

test("every route lets in exactly the roles that may, and shows nothing of other tenants (D3)", async () => {
  const { one, runId } = await guarded();
  expect(one.serving.isOpen).toBe(false);
  const wrong: string[] = [];
  for (const route of one.serving.routes) {
    for (const role of ROLES) {
      for (const tenant of ["default", "others"]) {
        const token = await tokenFor(one.folder, { role, tenant });
        const answer = await asking(one, route, runId, bearer(token));
        const { needs, url } = route;
        const isLetIn = needs === "nothing" || may(role, needs);
        const isStrange = tenant === "others" && url.includes(":id");
        const { status } = answer;
        const isRight = !isLetIn
          ? status === 403 && codeOf(answer) === "ROLE_INSUFFICIENT"
          : isStrange
            ? status === 404 && codeOf(answer) === "RUN_UNKNOWN"
            : status < 400 ||
              (status === 409 && url.includes(":id")) ||
              codeOf(answer) === "RESOURCE_UNKNOWN";
        if (!isRight) wrong.push(`${keyOf(route)} as ${role} of ${tenant}: ${status} ${answer.text}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(Object.keys(REQUESTS).sort()).toEqual(one.serving.routes.map(keyOf).sort());
});

test("B1 every route refuses every token with one thing wrong, and needs one unless it is about health", async () => {
  const { one, runId } = await guarded();
  const broken = await brokenTokens(one.folder);
  expect(Object.keys(broken).length).toBeGreaterThan(10);
  const wrong: string[] = [];
  for (const route of one.serving.routes) {
    const without = await asking(one, route, runId, {});
    if (route.needs === "nothing" ? without.status !== 200 : codeOf(without) !== "TOKEN_MISSING")
      wrong.push(`${keyOf(route)} without a token: ${without.status}`);
    for (const [name, token] of Object.entries(broken)) {
      const { status, headers } = await asking(one, route, runId, bearer(token));
      if (status !== 401 || headers["www-authenticate"] === undefined)
        wrong.push(`${keyOf(route)} with ${name}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("a token is refused where no keys are configured, on every route", async () => {
  const one = await server();
  expect(one.serving.isOpen).toBe(true);
  for (const route of one.serving.routes) {
    const answer = await asking(one, route, "r_any", bearer("x.y.z"));
    expect([keyOf(route), answer.status, codeOf(answer)]).toEqual([keyOf(route), 401, "TOKEN_INVALID"]);
  }
});

test("a strange Host and a foreign Origin are refused on every route and on what is none, with keys and without", async () => {
  const { one, runId } = await guarded();
  const open = await server();
  const admin = bearer(await tokenFor(one.folder, { role: "admin" }));
  const wrong: string[] = [];
  for (const [target, headers] of [
    [one, admin],
    [open, {}],
  ] as const) {
    const rows = [
      ...target.serving.routes.map(
        (route) =>
          [
            keyOf(route),
            (more: Record<string, string>) => asking(target, route, runId, { ...headers, ...more }),
          ] as const,
      ),
    ];
    const nothing = (more: Record<string, string>) =>
      ask(target.serving.url, "/nothing", { headers: { ...headers, ...more } });
    const unreadable = (more: Record<string, string>) =>
      ask(target.serving.url, "/status/%", { headers: { ...headers, ...more } });
    const preflight = (more: Record<string, string>) =>
      ask(target.serving.url, "/execute", {
        method: "OPTIONS",
        headers: { ...more, "access-control-request-method": "POST" },
      });
    for (const [name, send] of [
      ...rows,
      ["nothing", nothing],
      ["unreadable", unreadable],
      ["preflight", preflight],
    ] as const) {
      for (const strange of [
        { host: "evil.test" },
        { host: "127.0.0.1.evil.test:80" },
        { host: "localhost.evil.test" },
        { origin: "http://evil.test" },
        { origin: "null" },
        { origin: `${target.serving.url}0` },
      ]) {
        const { status } = await send(strange as unknown as Record<string, string>);
        if (status !== 403) wrong.push(`${name} with ${JSON.stringify(strange)}: ${status}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("pages of an allowed origin may ask, and a browser is told so", async () => {
  const one = await server({
    config: { server: { allowedOrigins: ["https://desk.example"], allowedHosts: ["abyssal.example"] } },
  });
  const answer = await one.ask("/runs", {
    headers: { origin: "https://desk.example", host: "abyssal.example:8084" },
  });
  expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([
    200,
    "https://desk.example",
  ]);
  const own = await one.ask("/runs", { headers: { origin: one.serving.url } });
  expect(own.status).toBe(200);
  expect(own.headers).toMatchObject({
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
  });
});

test("a page of an allowed origin may use each method that there is, as a browser asks first", async () => {
  const one = await server({ config: { server: { allowedOrigins: ["https://desk.example"] } } });
  const { status, headers } = await ask(one.serving.url, "/config", {
    method: "OPTIONS",
    headers: {
      origin: "https://desk.example",
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "authorization, content-type",
    },
  });
  expect(status).toBe(204);
  expect(headers["access-control-allow-methods"]).toBe("GET, HEAD, POST, PATCH");
  expect(headers["access-control-allow-headers"]).toBe("authorization, content-type");
  const { json } = await one.ask("/openapi.json");
  const { paths } = json as { readonly paths: Readonly<Record<string, object>> };
  const methods = new Set(Object.values(paths).flatMap((path) => Object.keys(path)));
  expect([...methods].sort()).toEqual(["get", "patch", "post"]);
});

test("an origin that is allowed while the server runs may ask from then on, and no cache mixes the answers up", async () => {
  const one = await server();
  const asks = () => one.ask("/runs", { headers: { origin: "https://desk.example" } });
  expect((await asks()).status).toBe(403);
  expect((await one.ask("/runs")).headers).not.toHaveProperty("vary");
  const body = { server: { allowed_origins: ["https://desk.example"] } };
  expect((await one.ask("/config", { method: "PATCH", body })).status).toBe(200);
  const answer = await asks();
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    "access-control-allow-origin": "https://desk.example",
    vary: "Origin",
  });
  expect((await one.ask("/runs")).headers.vary).toBe("Origin");
});

test("B2 a token that was checked before is refused once it has expired", async () => {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  clock.set(Date.now());
  const token = await tokenFor(folder, { role: "viewer", lifeMs: HOUR_MS });
  const one = await server({ folder, clock });
  const read = async () => (await one.ask("/runs", { headers: bearer(token) })).status;
  expect(await read()).toBe(200);
  expect(await read()).toBe(200);
  clock.set(Date.now() + HOUR_MS + 10_000);
  expect(await read()).toBe(401);
});

test("who asks too often is told to come again, and others are not", async () => {
  const folder = temporaryFolder();
  const eager = bearer(await tokenFor(folder, { role: "viewer", subject: "eager" }));
  const calm = bearer(await tokenFor(folder, { role: "viewer", subject: "calm" }));
  const one = await server({ folder, config: { server: { requestsPerMinute: 3 } } });
  for (const _ of [1, 2, 3]) expect((await one.ask("/runs", { headers: eager })).status).toBe(200);
  const refused = await one.ask("/runs", { headers: eager });
  expect([refused.status, codeOf(refused)]).toEqual([429, "RATE_LIMITED"]);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect((await one.ask("/runs", { headers: calm })).status).toBe(200);
  expect((await one.ask("/healthz")).status).toBe(200);
});

test("beyond loopback nothing is served without keys, and a key that is named and missing opens no door", async () => {
  await expect(server({ host: "0.0.0.0" })).rejects.toThrow("SERVER_OPEN");
  await expect(server({ config: { auth: { keyFile: "keys.json" } } })).rejects.toThrow("AUTH_KEY_UNREADABLE");
  const folder = temporaryFolder();
  writeFileSync(join(folder, "keys.json"), '{"kty":"oct","k":"c2VjcmV0"}');
  await expect(server({ folder, config: { auth: { keyFile: "keys.json" } } })).rejects.toThrow(
    "AUTH_KEY_INVALID",
  );
});

test("a port that is taken is told in one line, and nothing is left behind", async () => {
  const one = await server();
  const port = Number(new URL(one.serving.url).port);
  await expect(server({ port })).rejects.toThrow(
    /PORT_UNAVAILABLE 127\.0\.0\.1:\d+: another process listens there/,
  );
});

test("every action that changes something stands in the audit log: before it is done, how it ended, and when it was refused", async () => {
  const folder = temporaryFolder();
  const operator = bearer(await tokenFor(folder, { role: "operator", subject: "olga" }));
  const viewer = bearer(await tokenFor(folder, { role: "viewer", subject: "victor" }));
  const admin = bearer(await tokenFor(folder, { role: "admin", subject: "ada" }));
  const scripted = new ScriptedPerformer().script("pair/first", "hold");
  const one = await server({ folder, scripted });
  const body = { command: "ABYSSAL[PAIR]()" };
  const started = await one.ask("/execute", {
    method: "POST",
    body,
    headers: { ...operator, "x-request-id": "c-1" },
  });
  const { runId } = started.json as { runId: string };
  expect(started.headers["x-request-id"]).toBe("c-1");
  await one.ask("/execute", { method: "POST", body, headers: { ...viewer, "x-request-id": "c-2" } });
  await one.ask(`/runs/${runId}/cancel`, { method: "POST", headers: { ...operator, "x-request-id": "c-3" } });
  await one.ask("/execute", {
    method: "POST",
    body: { command: "(" },
    headers: { ...operator, "x-request-id": "c-4" },
  });
  await one.ask("/execute", { method: "POST", body, headers: { "x-request-id": "c-5" } });
  const { entries } = (await one.ask("/audit", { headers: admin })).json as {
    entries: Record<string, unknown>[];
  };
  const lines = entries.map(({ correlationId, phase, action, subject, target, status }) =>
    [correlationId, phase, action, subject, target, status].join(" "),
  );
  // An answer may be on its way to its reader before it is written down.
  expect(lines.filter((line) => line.includes("asked"))).toEqual([
    "c-1 asked run.execute olga  ",
    `c-3 asked run.cancel olga ${runId} `,
    "c-4 asked run.execute olga  ",
  ]);
  expect(lines).toEqual(
    expect.arrayContaining([
      `c-1 answered run.execute olga ${runId} 202`,
      "c-2 refused run.execute victor  403",
      `c-3 answered run.cancel olga ${runId} 202`,
      "c-4 answered run.execute olga  422",
      "c-5 refused run.execute   401",
    ]),
  );
  expect((await one.ask("/audit/check", { headers: admin })).json).toMatchObject({ problem: null });
  const elsewhere = bearer(await tokenFor(folder, { role: "admin", tenant: "others" }));
  expect((await one.ask("/audit", { headers: elsewhere })).json).toEqual({ entries: [], next: null });
  expect(readFileSync(join(folder, ".abyssal", "auth-key.json"), "utf8")).not.toContain("olga");
});
