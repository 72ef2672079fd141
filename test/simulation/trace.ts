import { sha3 } from "../../src/shared/hash.ts";

/** Everything that was noticed in a simulated world, in order; two runs of one case have the same hash. */
export class Trace {
  readonly lines: string[] = [];

  note(what: string): void {
    this.lines.push(what);
  }

  get hash(): string {
    return sha3(this.lines.join("\n"));
  }
}
