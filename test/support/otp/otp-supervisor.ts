/**
 * OTP's supervisor as its documentation describes it (Erlang/OTP, stdlib `supervisor`, "Supervision Principles"), written
 * without a look at the product: children that are stopped stop at once, and one thing happens after the other.
 */
export type OtpSpec = {
  readonly name: string;
  readonly strategy: "one_for_one" | "one_for_all" | "rest_for_one";
  readonly intensity: number;
  readonly periodMs: number;
  readonly children: readonly (string | OtpSpec)[];
};

export type OtpWorker = { readonly name: string; alive: boolean; ended: boolean; readonly parent: OtpNode };

export class OtpNode {
  readonly spec: OtpSpec;
  readonly parent: OtpNode | null;
  readonly log: string[];
  readonly children: (OtpWorker | OtpNode)[];
  alive = true;
  #restarts: number[] = [];

  constructor(spec: OtpSpec, parent: OtpNode | null = null) {
    this.spec = spec;
    this.parent = parent;
    this.log = parent?.log ?? [];
    this.children = spec.children.map((child) =>
      typeof child === "string"
        ? { name: child, alive: true, ended: false, parent: this }
        : new OtpNode(child, this),
    );
  }

  workers(): OtpWorker[] {
    return this.children.flatMap((child) => (child instanceof OtpNode ? child.workers() : [child]));
  }

  /** A worker came to its normal end: for good (the runtime's children are OTP's `temporary` then). */
  static end(worker: OtpWorker): void {
    worker.alive = false;
    worker.ended = true;
  }

  static crash(worker: OtpWorker, atMs: number): void {
    worker.alive = false;
    worker.parent.#childDied(worker, atMs);
  }

  #childDied(child: OtpWorker | OtpNode, atMs: number): void {
    // "If more than MaxR number of restarts occur in the last MaxT seconds, the supervisor terminates all the child
    // processes and then itself."
    this.#restarts = [atMs, ...this.#restarts].filter((restartMs) => atMs - restartMs <= this.spec.periodMs);
    if (this.#restarts.length > this.spec.intensity) {
      this.#terminate();
      if (this.parent) this.parent.#childDied(this, atMs);
      return;
    }
    const from = this.spec.strategy === "rest_for_one" ? this.children.indexOf(child) : 0;
    const affected = this.spec.strategy === "one_for_one" ? [child] : this.children.slice(from);
    // "terminated in reverse start order", then "restarted in the order of the child specifications".
    for (const other of [...affected].reverse()) this.#stop(other);
    for (const other of affected) this.#start(other);
  }

  #stop(child: OtpWorker | OtpNode): void {
    if (child instanceof OtpNode) {
      child.#terminate();
      return;
    }
    if (child.alive) this.log.push(`stop ${child.name}`);
    child.alive = false;
  }

  #terminate(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const child of [...this.children].reverse()) this.#stop(child);
  }

  #start(child: OtpWorker | OtpNode): void {
    if (child instanceof OtpNode) {
      child.alive = true;
      child.#restarts = [];
      for (const grandchild of child.children) child.#start(grandchild);
      return;
    }
    if (child.ended) return;
    child.alive = true;
    this.log.push(`start ${child.name}`);
  }
}
