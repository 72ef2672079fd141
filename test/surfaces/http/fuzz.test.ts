import fc from "fast-check";
import { expect, test } from "vitest";
import { fuzzedRequests, isOwedAnswer, statusOf } from "./fuzzed-requests.ts";
import { server } from "./http-harness.ts";

test("whatever is sent is answered, and never as a fault of the server; `npm run test:fuzz` sends 10,000", async () => {
  const one = await server({ config: { server: { requestsPerMinute: 1_000_000 } } });
  await fc.assert(
    fc.asyncProperty(fuzzedRequests(one.serving.routes), async (request) => {
      const status = await statusOf(one.serving.url, request);
      expect(status, request.text).toBeLessThan(500);
      if (isOwedAnswer(request)) expect(status, request.text).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
  expect((await one.ask("/healthz")).status).toBe(200);
});
