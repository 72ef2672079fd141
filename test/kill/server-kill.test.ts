import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { crashServer } from "./server-crash.ts";

test("a server that is killed under load loses no run that it promised, and each ends once", async () => {
  const { promised, faults } = await crashServer(temporaryFolder(), 2, 10);
  expect(faults).toEqual([]);
  expect(promised).toBeGreaterThanOrEqual(20);
}, 120_000);
