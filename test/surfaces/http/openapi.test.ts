import { expect, test } from "vitest";
import { server } from "./http-harness.ts";

test("the description names every route with what requests may hold, and is the one in the documents", async () => {
  const { ask, serving } = await server();
  const api = (await ask("/openapi.json")).json as {
    openapi: string;
    paths: Record<string, Record<string, { summary?: string; requestBody?: object }>>;
  };
  expect(api.openapi).toBe("3.1.0");
  const described = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
  );
  expect(described.sort()).toEqual(serving.routes.map(({ method, url }) => `${method} ${url}`).sort());
  expect(
    Object.values(api.paths)
      .flatMap(Object.values)
      .filter(({ summary }) => !summary),
  ).toEqual([]);
  expect(JSON.stringify(api.paths["/execute"]!.post!.requestBody)).toContain("maxCostMicros");
  await expect(`${JSON.stringify(api, null, 2)}\n`).toMatchFileSnapshot(
    new URL("../../../docs/reference/openapi.schema.json", import.meta.url).pathname,
  );
});
