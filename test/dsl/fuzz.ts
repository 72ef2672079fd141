import fc from "fast-check";
import { editedPrograms, strings, survives, tokens } from "./fuzzed-texts.ts";

/** `npm run test:fuzz:language -- [TEXTS] [SEED]`: reads so many texts, and tells the first that breaks something. */
const [count = "100000", seed = String(Date.now() % 1_000_000_000)] = process.argv.slice(2);
const texts = fc.oneof(strings, tokens, editedPrograms);
const { numRuns, failed, counterexample, errorInstance } = fc.check(fc.property(texts, survives), {
  numRuns: Number(count),
  seed: Number(seed),
});
console.log(JSON.stringify({ texts: numRuns, seed: Number(seed), failed }));
if (failed) console.error(JSON.stringify(counterexample), errorInstance);
process.exitCode = failed ? 1 : 0;
