import fc from "fast-check";
import { expect, test } from "vitest";
import { BitSet } from "../../src/shared/bit-set.ts";

const numbers = fc.array(fc.nat(200), { maxLength: 20 });

function setOf(members: readonly number[]): BitSet {
  const set = new BitSet();
  for (const member of members) set.add(member);
  return set;
}

test("a set of bits holds, unites and meets as a set does", () => {
  fc.assert(
    fc.property(numbers, numbers, (some, others) => {
      const [one, other] = [setOf(some), setOf(others)];
      expect(one.meets(other)).toBe(some.some((number) => others.includes(number)));
      one.addAll(other);
      const both = new Set([...some, ...others]);
      for (let number = 0; number <= 210; number++) expect(one.has(number)).toBe(both.has(number));
      for (const number of others) expect(other.has(number)).toBe(true);
    }),
  );
});
