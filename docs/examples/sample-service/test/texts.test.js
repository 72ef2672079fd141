import assert from "node:assert/strict";
import { test } from "node:test";
import { refreshPrices } from "../src/catalogue.js";
import { invoiceText } from "../src/invoice.js";
import { priceOrder } from "../src/orders.js";
import { receiptText } from "../src/receipt.js";

const order = {
  id: 7,
  country: "LU",
  ...priceOrder({ lines: [{ sku: "A1", unitCents: 250, quantity: 4 }], country: "LU" }),
};

test("an invoice ends with the total", () => {
  assert.match(invoiceText(order), /^Invoice 7\n[\s\S]*Total +11\.70$/);
});

test("a receipt ends with the total", () => {
  assert.match(receiptText(order), /^Receipt 7\n[\s\S]*Total +11\.70$/);
});

test("prices are asked for by article", async () => {
  const prices = await refreshPrices(["A1", "B2"], async (sku) => sku.length);
  assert.deepEqual(
    [...prices],
    [
      ["A1", 2],
      ["B2", 2],
    ],
  );
});
