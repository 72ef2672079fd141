import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { priceOrder, subtotalCents } from "../src/orders.js";

const line = (unitCents, quantity) => ({ sku: "A1", unitCents, quantity });

describe("an order", () => {
  test("costs the sum of its lines", () => {
    assert.equal(subtotalCents([line(250, 4), line(100, 1)]), 1100);
  });

  test("bears the tax of its country", () => {
    assert.equal(priceOrder({ lines: [line(250, 4)], country: "DE" }).totalCents, 1190);
  });

  test("bears no tax where no rate is known", () => {
    assert.equal(priceOrder({ lines: [line(250, 4)], country: "XX" }).totalCents, 1000);
  });

  test("gets five percent off from ten pieces on", () => {
    assert.equal(priceOrder({ lines: [line(100, 10)], country: "XX" }).totalCents, 950);
  });

  test("is not changed by being priced", () => {
    const order = { lines: [line(1, 1)], country: "FR" };
    priceOrder(order);
    assert.deepEqual(order, { lines: [line(1, 1)], country: "FR" });
  });

  test("with a negative quantity is refused", () => {
    assert.throws(() => priceOrder({ lines: [line(1, -1)], country: "FR" }), RangeError);
  });

  test("of books bears the reduced rate", { skip: "reduced rates are not there yet" }, () => {});
});
