import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import WebSocket from "ws";
import { listenForMetrics } from "../../../src/surfaces/metrics/metrics-listener.ts";
import { samplesOf } from "../../support/prometheus.ts";
import { appears, cli, folderWith, scriptTemplate, spawned } from "./cli-harness.ts";

/** One step that goes on once there is a file `go`. */
const WAITS = scriptTemplate("WAITS", {
  wait: "const { existsSync, writeFileSync } = require('node:fs'); writeFileSync('pid', '1'); setInterval(() => existsSync('go') && process.exit(0), 20)",
});
const ANY_PORT = { ABYSSAL_MONITORING_METRICS_PORT: "0", ABYSSAL_MONITORING_INSPECTOR_PORT: "0" };

describe("--inspect", () => {
  test("a run waits for somebody to watch, is shown, and its process ends with it, though the viewer stays", async () => {
    const folder = folderWith({ "templates/one.yaml": scriptTemplate("ONE", { first: "1" }) });
    const { child, ended } = spawned(folder, ["execute", "ABYSSAL[ONE]()", "--inspect-wait"], {
      env: ANY_PORT,
    });
    const url = await new Promise<string>((resolve) => {
      child.stderr!.on("data", (chunk) => {
        const found = /^inspector: (http:\/\/127\.0\.0\.1:\d+\/) \(waits/m.exec(String(chunk));
        if (found) resolve(found[1]!);
      });
    });
    const frames: { readonly type: string; readonly snapshot?: { readonly status: string } }[] = [];
    const socket = new WebSocket(url.replace("http", "ws"));
    const closed = Promise.withResolvers<number>();
    socket.on("message", (data) => frames.push(JSON.parse(String(data))));
    socket.on("close", (code) => closed.resolve(code));
    expect((await ended).code).toBe(0);
    expect(await closed.promise).toBe(1001);
    expect(frames.filter(({ type }) => type === "@xstate.actor").length).toBeGreaterThanOrEqual(3);
    expect(frames.findLast(({ type }) => type === "@xstate.snapshot")?.snapshot?.status).toBe("done");
  });
});

describe("--metrics", () => {
  test("offers the metrics while the run is under way, and the process ends with it", async () => {
    const folder = folderWith({ "templates/waits.yaml": WAITS });
    const started = appears(folder, "pid");
    const { child, ended } = spawned(folder, ["execute", "ABYSSAL[WAITS]()", "--metrics"], { env: ANY_PORT });
    let said = "";
    child.stderr!.on("data", (chunk) => {
      said += chunk;
    });
    await started;
    const url = /^metrics: (http:\/\/127\.0\.0\.1:\d+\/metrics)$/m.exec(said)![1]!;
    const samples = samplesOf(await (await fetch(url)).text());
    expect(samples.get("abyssal_runs_active")).toBe(1);
    expect(samples.get('abyssal_agents{state="running"}')).toBe(1);
    writeFileSync(join(folder, "go"), "");
    expect((await ended).code).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test("a port that is taken refuses the run before anything starts", async () => {
    const other = await listenForMetrics({ port: 0, contentType: "text/plain", render: async () => "" });
    const folder = folderWith();
    const port = new URL(other.url).port;
    const run = await cli(folder, ["execute", "ABYSSAL[RESEARCH]('x')", "--metrics"], {
      env: { ABYSSAL_MONITORING_METRICS_PORT: port },
    });
    await other.close();
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/METRICS_PORT_BUSY: .*\n {2}at monitoring\.metrics_port/);
    expect((await cli(folder, ["runs"])).stdout).toContain("no runs yet");
  });
});

describe("abyssal analytics", () => {
  test("tells how the runs of a folder went, for people and for programs, and what cannot be read as a time", async () => {
    const folder = folderWith({
      "templates/one.yaml": scriptTemplate("ONE", { first: "1", second: "process.exit(7)" }),
    });
    expect((await cli(folder, ["analytics"])).stdout).toBe("no run of this folder has ended yet\n");
    const none = JSON.parse((await cli(folder, ["analytics", "--output", "json"])).stdout);
    expect(none.runs).toMatchObject({ ended: 0, successRate: null });
    await cli(folder, ["execute", "ABYSSAL[ONE]()", "--quiet"]);
    const text = await cli(folder, ["analytics"]);
    expect([text.code, text.stderr]).toEqual([0, ""]);
    expect(text.stdout).toMatch(/^runs +1 run, 1 partial$/m);
    expect(text.stdout).toMatch(/^ONE@1\.0\.0 +1 +0\.0% /m);
    expect(text.stdout).toMatch(/^tester +command +50\.0% /m);
    const { agents, unread } = JSON.parse((await cli(folder, ["analytics", "--output", "json"])).stdout);
    expect([agents[0].failures, unread]).toEqual([[{ code: "COMMAND_EXIT", count: 1 }], {}]);
    expect((await cli(folder, ["analytics", "--since", "2099-01-01"])).stdout).toBe(
      "no run of this folder has ended since 2099-01-01T00:00:00.000Z\n",
    );
    const refused = await cli(folder, ["analytics", "--since", "soon"]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("OPTION_INVALID")]);
  });
});

describe("abyssal diagram", () => {
  test("draws a recorded run, coloured by how it went, in every form", async () => {
    const folder = folderWith({
      "templates/one.yaml": scriptTemplate("ONE", { first: "1", second: "process.exit(7)" }),
    });
    await cli(folder, ["execute", "ABYSSAL[ONE]()", "--quiet"]);
    const [{ runId }] = JSON.parse((await cli(folder, ["runs", "--output", "json"])).stdout);
    const drawn = async (format: string) =>
      (await cli(folder, ["diagram", runId, "--format", format])).stdout;
    const svg = await drawn("svg");
    expect(svg).toMatch(/^<\?xml[\s\S]*<\/svg>\n$/);
    expect(svg).toContain(`run ${runId}: partial`);
    expect(svg).toContain(">failed<");
    expect(await drawn("mermaid")).toMatch(/style n\d+ fill:#fee2e2/);
    expect(JSON.parse(await drawn("json")).states).toMatchObject({
      "one/first": "succeeded",
      "one/second": "failed",
    });
    expect(await drawn("stately")).toContain('"one/first ended"');
    const unknown = await cli(folder, ["diagram", "r_nobody"]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("RUN_UNKNOWN")]);
  });
});
