import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { GROWTH_SETTING } from "../../../src/surfaces/http/collect-less-often.ts";

test("the setting of a server's heap is one that this V8 knows: after the start a wrong one is not told", () => {
  const { status, stderr } = spawnSync(process.execPath, [GROWTH_SETTING, "--eval", "0"], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
