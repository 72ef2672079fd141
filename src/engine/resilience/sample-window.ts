type Slot = { startedAtMs: number; failures: number; calls: number };

const SLOTS_MIN = 5;
/** No slot is longer, so that a long window slides as evenly as a short one. */
const SLOT_MS_MAX = 1_000;

/**
 * Purpose: how many calls of late there were, and how many failed.
 * Owns: the counts, in slots that are forgotten one after the other. Reads no clock.
 * The slots are cockatiel's (a slot begins with its first call), but for one thing: where no call came for several slots,
 * as many are forgotten; there, only one. Its memory is fixed: one slot a second, five at least.
 * Invariant:
 * W1 a call counts for four fifths of `windowMs` at least, and for less than twice `windowMs`.
 */
export class SampleWindow {
  readonly #slots: Slot[];
  readonly #slotMs: number;
  #current = 0;
  #calls = 0;
  #failures = 0;

  constructor(windowMs: number) {
    const count = Math.max(SLOTS_MIN, Math.ceil(windowMs / SLOT_MS_MAX));
    this.#slotMs = Math.max(1, Math.round(windowMs / count));
    this.#slots = Array.from({ length: count }, empty);
  }

  get calls(): number {
    return this.#calls;
  }

  get failures(): number {
    return this.#failures;
  }

  count(failed: boolean, nowMs: number): void {
    const slot = this.#slotAt(nowMs);
    slot.calls++;
    this.#calls++;
    if (!failed) return;
    slot.failures++;
    this.#failures++;
  }

  clear(): void {
    this.#slots.forEach((slot) => void Object.assign(slot, empty()));
    this.#calls = 0;
    this.#failures = 0;
  }

  #slotAt(nowMs: number): Slot {
    const slots = this.#slots;
    const passed = Math.floor((nowMs - slots[this.#current]!.startedAtMs) / this.#slotMs);
    for (let left = Math.min(passed, slots.length); left > 0; left--) {
      this.#current = (this.#current + 1) % slots.length;
      const slot = slots[this.#current]!;
      this.#calls -= slot.calls;
      this.#failures -= slot.failures;
      Object.assign(slot, empty(), { startedAtMs: nowMs });
    }
    return slots[this.#current]!;
  }
}

function empty(): Slot {
  return { startedAtMs: 0, failures: 0, calls: 0 };
}
