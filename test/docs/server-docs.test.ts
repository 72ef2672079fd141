import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CONFIG_SETTINGS } from "../../src/surfaces/config/schema.ts";
import { AT_ONCE, AT_START } from "../../src/surfaces/service.ts";
import { server } from "../surfaces/http/http-harness.ts";

const docs = new URL("../../docs/", import.meta.url);
const pages = ["guides", "reference"].flatMap((folder) =>
  readdirSync(new URL(folder, docs))
    .filter((name) => name.endsWith(".md"))
    .map((name) => [name, readFileSync(new URL(`${folder}/${name}`, docs), "utf8")] as const),
);

/** Bodies that a page sends to a route by `curl -d`. */
function bodiesFor(route: string): readonly { readonly page: string; readonly body: unknown }[] {
  return pages.flatMap(([page, text]) =>
    [...text.replaceAll("\\\n", "").matchAll(/curl [^\n]*localhost:8084(\/[\w/-]+)[^\n]*? -d '([^']*)'/g)]
      .filter(([, path]) => path === route)
      .map(([, , body]) => ({ page, body: JSON.parse(body!) as unknown })),
  );
}

test("what the pages send to POST /execute and PATCH /config is taken, without a warning", async () => {
  const { ask } = await server();
  const runs = bodiesFor("/execute");
  expect(runs.map(({ page }) => page)).toEqual(expect.arrayContaining(["serve.md", "http.md"]));
  for (const { page, body } of runs) {
    const { status, json } = await ask("/execute", { method: "POST", body });
    expect([page, status, json]).toMatchObject([page, 202, { warnings: [] }]);
  }
  const changes = bodiesFor("/config");
  expect(changes.length).toBeGreaterThan(0);
  for (const { page, body } of changes) {
    const { status, json } = await ask("/config", { method: "PATCH", body });
    expect([page, status, json]).toMatchObject([page, 200, { pending: [] }]);
  }
});

test("the parameters that the serve guide gives to a template are declared by it", async () => {
  const { ask } = await server();
  const named = bodiesFor("/execute").flatMap(({ body }) => {
    const { template, parameters } = body as { template?: string; parameters?: object };
    return template ? [{ template, names: Object.keys(parameters ?? {}) }] : [];
  });
  expect(named.length).toBeGreaterThan(0);
  for (const { template, names } of named) {
    const { parameters } = (await ask(`/templates/${template}`)).json as { parameters: { name: string }[] };
    expect(parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  }
});

test("the page on the configuration names what holds at once and what from the next start on", () => {
  const page = readFileSync(new URL("reference/configuration.md", docs), "utf8");
  const part = page.slice(page.indexOf("## Changes while a server runs"), page.indexOf("## Errors"));
  const [once = "", later = ""] = ["* At once", "* From the next start"].map((begin) =>
    part.slice(part.indexOf(begin), part.indexOf("\n* ", part.indexOf(begin))),
  );
  const names = (text: string): string[] => [...text.matchAll(/`([a-z_.]+)`/g)].map(([, name]) => name!);
  const sections = [...new Set(CONFIG_SETTINGS.map(({ path }) => path[0]))];
  const atStart = Object.entries(AT_START).flatMap(([section, keys]) =>
    keys.map((key) => `${section}.${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`),
  );
  expect(names(once).sort()).toEqual([...AT_ONCE, ...atStart].sort());
  const pending = sections.filter((section) => !AT_ONCE.some((one) => one === section));
  expect(names(later).sort()).toEqual(["pending", ...pending].sort());
});
