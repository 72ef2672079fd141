import { readFileSync } from "node:fs";

export function loadCatalogue(path) {
  return new Map(JSON.parse(readFileSync(path, "utf8")).map((entry) => [entry.sku, entry.unitCents]));
}

export async function refreshPrices(skus, fetchPrice) {
  const prices = new Map();
  for (const sku of skus) {
    prices.set(sku, await fetchPrice(sku));
  }
  return prices;
}
