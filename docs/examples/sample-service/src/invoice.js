/** The text of an invoice for a priced order. */
export function invoiceText(order) {
  const rows = [];
  rows.push("Invoice " + order.id);
  for (const line of order.lines) {
    const name = line.name ?? line.sku;
    const amount = ((line.unitCents * line.quantity) / 100).toFixed(2);
    const quantity = String(line.quantity).padStart(4);
    rows.push([name.padEnd(24), quantity, amount.padStart(10)].join(" "));
  }
  const total = (order.totalCents / 100).toFixed(2);
  const tax = (order.taxCents / 100).toFixed(2);
  rows.push(["Tax".padEnd(29), tax.padStart(10)].join(" "));
  rows.push(["Total".padEnd(29), total.padStart(10)].join(" "));
  return rows.join("\n");
}
