/**
 * Runs N no-op agents on the built package and prints the resident memory of the whole process, in bytes: what a user's
 * process would take. Plain JavaScript, because stripping types in memory would cost some 20 MB of its own.
 */
import { createAbyssal } from "abyssal-runtime";

const template = `
name: FAN_OUT
version: 1.0.0
description: One no-op agent for each element
category: bench
parameters: { items: { type: array, position: 1, required: true } }
steps: { work: { run: { performer: noop }, forEach: { item: items }, resources: { cpu: 0, memory: 0 } } }
`;
const noop = {
  name: "noop",
  perform: async () => ({ kind: "completed", output: "", confidence: { value: 1, source: "checked" } }),
};
const agents = Number(process.argv[2]);
const abyssal = await createAbyssal({ templates: [template], performers: [noop], env: {} });
await abyssal.execute(`ABYSSAL[FAN_OUT]([${Array.from({ length: agents }, (_, index) => index).join(",")}])`);
console.log(process.memoryUsage().rss);
