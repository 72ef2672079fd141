/** A set of small whole numbers, one bit for each: united and compared 32 at a time. */
export class BitSet {
  #words = new Uint32Array(0);

  add(number: number): void {
    const at = number >>> 5;
    this.#reach(at + 1);
    this.#words[at]! |= 1 << (number & 31);
  }

  addAll(other: BitSet): void {
    const words = other.#words;
    this.#reach(words.length);
    for (let at = 0; at < words.length; at++) this.#words[at]! |= words[at]!;
  }

  has(number: number): boolean {
    const word = this.#words[number >>> 5];
    return word !== undefined && (word & (1 << (number & 31))) !== 0;
  }

  /** Whether any number is in both. */
  meets(other: BitSet): boolean {
    const words = other.#words;
    const length = Math.min(words.length, this.#words.length);
    for (let at = 0; at < length; at++) if ((words[at]! & this.#words[at]!) !== 0) return true;
    return false;
  }

  #reach(length: number): void {
    if (length <= this.#words.length) return;
    const words = new Uint32Array(length);
    words.set(this.#words);
    this.#words = words;
  }
}
