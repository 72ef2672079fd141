import { discountCents } from "./discounts.js";
import { taxCents } from "./taxes.js";

/** What the lines cost before discount and tax, in cents. */
export function subtotalCents(lines) {
  return lines.reduce((sum, line) => sum + line.unitCents * line.quantity, 0);
}

/** Prices an order; the order itself is left as it is. All amounts are in cents. */
export function priceOrder(order) {
  const priced = JSON.parse(JSON.stringify(order));
  if (priced.lines.some((line) => line.quantity < 0)) throw new RangeError("a quantity is negative");
  priced.subtotalCents = subtotalCents(priced.lines);
  priced.discountCents = discountCents(priced.lines);
  priced.taxCents = taxCents(priced.subtotalCents - priced.discountCents, priced.country);
  priced.totalCents = priced.subtotalCents - priced.discountCents + priced.taxCents;
  return priced;
}
