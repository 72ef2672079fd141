import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../../src/shared/fifo.ts";

test("a queue gives what it holds in the order in which it came, as a list does", () => {
  // True: one is pushed; false: one is taken out. Long enough to go past what is kept of the entries that are gone.
  const step = fc.boolean();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const queue = new Fifo<number>();
      const list: number[] = [];
      steps.forEach((isPush, number) => {
        if (isPush) {
          queue.push(number);
          list.push(number);
        } else expect(queue.shift()).toBe(list.shift());
        expect([queue.size, queue.first, queue.last]).toEqual([list.length, list[0], list.at(-1)]);
      });
    }),
  );
});
