import { subtotalCents } from "./orders.js";

export function volumeDiscount(lines) {
  const quantity = lines.reduce((sum, line) => sum + line.quantity, 0);
  if (quantity < 10) return 0;
  console.log("volume discount", quantity);
  return quantity < 100 ? 5 : 10;
}

export function discountCents(lines) {
  return Math.round((subtotalCents(lines) * volumeDiscount(lines)) / 100);
}
