import { describe, expect, test } from "vitest";
import { assessQuality } from "../../../src/actors/synthesis/quality.ts";
import { aResult } from "./a-result.ts";

const NOTHING_COMPARED = { compared: 0, agreed: 0 };
const noSchema = (): boolean => false;
const FAILURE = { code: "REFUSED", message: "no", retryable: false };

describe("the quality of an answer", () => {
  test("is coverage times weighted validity, agreement and confidence", () => {
    const results = [
      aResult("a", { confidence: { value: 1, source: "checked" } }),
      aResult("b", { confidence: { value: 0.6, source: "declared" } }),
      aResult("c", { status: "degraded", confidence: null, failure: FAILURE }),
      aResult("d", { status: "failed", confidence: null, failure: FAILURE }),
    ];
    const quality = assessQuality(results, { compared: 4, agreed: 3 }, noSchema);
    // validity (1 + 0.5 + 0) / 3, confidence (1 + 0.6 + 0) / 3, agreement 3 / 4, coverage 3 / 4:
    // 0.75 x (0.4 x 0.5 + 0.3 x 0.75 + 0.3 x 0.5333) = 0.75 x 0.585 = 0.43875
    expect(quality).toEqual({
      value: 0.439,
      coverage: 0.75,
      validity: 0.5,
      agreement: 0.75,
      confidence: 0.533,
    });
  });

  test("leaves agreement out, and scales the rest up, where nothing could be compared", () => {
    const drafts = [0.3, 0.4].map((value) => aResult(`${value}`, { confidence: { value, source: "draft" } }));
    // (0.4 x 0.5 + 0.3 x 0.35) / 0.7 = 0.305 / 0.7
    expect(assessQuality(drafts, NOTHING_COMPARED, noSchema)).toMatchObject({
      value: 0.436,
      agreement: null,
    });
  });

  test("takes what an alternative did for work like any other, and a constant fallback for nothing", () => {
    const done = aResult("a", { status: "degraded", confidence: { value: 0.5, source: "declared" } });
    const provenance = { ...done.provenance, alternative: 1 };
    expect(assessQuality([{ ...done, provenance }], NOTHING_COMPARED, noSchema).validity).toBe(0.5);
    expect(assessQuality([done], NOTHING_COMPARED, noSchema).validity).toBe(0);
  });

  test("is 1 for checked results with full confidence", () => {
    const checked = aResult("a", { confidence: { value: 1, source: "checked" } });
    expect(assessQuality([checked], NOTHING_COMPARED, noSchema).value).toBe(1);
  });

  test("takes data that had to pass a schema for valid", () => {
    const results = [aResult("a", { confidence: { value: 0, source: "declared" } })];
    expect(assessQuality(results, NOTHING_COMPARED, () => true).validity).toBe(1);
    expect(assessQuality(results, NOTHING_COMPARED, noSchema).validity).toBe(0.5);
  });

  test("does not count what its own condition skipped, but counts what a failure skipped", () => {
    const own = aResult("own", { status: "skipped", confidence: null });
    const broken = aResult("broken", { status: "skipped", confidence: null, failure: FAILURE });
    expect(assessQuality([aResult("a"), own], NOTHING_COMPARED, noSchema).coverage).toBe(1);
    expect(assessQuality([aResult("a"), own, broken], NOTHING_COMPARED, noSchema).coverage).toBe(0.5);
  });

  test("is 0 where nothing ended well", () => {
    const failed = aResult("a", { status: "failed", confidence: null, failure: FAILURE });
    expect(assessQuality([failed], NOTHING_COMPARED, noSchema).value).toBe(0);
    expect(assessQuality([], NOTHING_COMPARED, noSchema).value).toBe(0);
  });
});
