import type { Fact } from "../actors/ports.ts";
import type { Question } from "../actors/question.ts";
import type { RunStatus } from "../machines/orchestrator.ts";
import type { BudgetLimits } from "../plan/budget.ts";
import type { Plan } from "../plan/plan.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { sha3 } from "../shared/hash.ts";
import type { BatchOrigin, RunOrigin, StartOptions } from "./engine.ts";
import { PlanText } from "./plan-text.ts";

/** What a run promised when it was taken on; the first record of every run. */
export type Accepted = Terms & { readonly plan: Plan };

/** What it promised beside its plan. */
export type Terms = {
  readonly timeoutMs: number;
  readonly atMs: number;
  /** Of the software that took it on; absent before that was recorded. */
  readonly version?: string;
  /** The most that its calls of models may take; absent: no limit beside the plan's own. */
  readonly budget?: BudgetLimits;
  /** Of the policy that allowed the plan; absent when there was none. */
  readonly policyHash?: string;
  /** False: results of earlier runs are not used. */
  readonly cache?: boolean;
  /** Present when it was started as a batch. */
  readonly batch?: BatchOrigin;
  /** Present when a server was asked for it. */
  readonly origin?: RunOrigin;
};

/** How a run ended; its last record. `resultHash` is the SHA3-256 of its answer as JSON text. */
export type Ended = { readonly status: RunStatus; readonly atMs: number; readonly resultHash: string };

export type RecordKind = "accepted" | "fact" | "ended";

/** A record that has no place in a run's order yet; `body` is JSON text. */
export type Draft = {
  readonly runId: string;
  readonly kind: RecordKind;
  readonly body: string;
  /** Of an acceptance whose body leaves it out. */
  readonly plan?: PlanText;
};

/** A record in its place; `hash` chains it to the one before. Facts of one commit may have one hash, that of the last of them. */
export type StoredRecord = {
  readonly seq: number;
  readonly kind: string;
  readonly body: string;
  readonly hash: string;
};

/** Where a run's records end. */
export type Head = { readonly count: number; readonly hash: string };

export const NO_RECORDS: Head = { count: 0, hash: "" };

/** A command for a run that another process drives. */
export type Request = { readonly id: number; readonly runId: string; readonly body: string };

/** What a run waits for that had `records` records; it says nothing once there are more. */
export type Suspension = {
  readonly runId: string;
  readonly records: number;
  readonly questions: readonly Question[];
};

/** Who drives a run; `live` when it must be left alone. */
export type Owner = { readonly pid: number; readonly live: boolean };

/** The first and the last record of a run. */
export type RunEdges = {
  readonly runId: string;
  readonly program: string;
  readonly planHash: string;
  readonly acceptedAtMs: number;
  /** How many agents the plan expects. */
  readonly agents: number;
  /** Null while it has not ended. */
  readonly ended: Ended | null;
  /** What people are asked, when it is known to wait for nothing else. */
  readonly waitingFor?: readonly Question[];
  readonly origin?: RunOrigin;
};

/** Which runs; all of them where nothing is said. */
export type RunsQuery = {
  /** Only this tenant's. */
  readonly tenant?: string;
  /** Only those that have not ended. */
  readonly unfinished?: boolean;
  /** Only those that were accepted before this run. */
  readonly before?: string;
  readonly limit?: number;
};

export type VerifyReport = {
  readonly runs: number;
  readonly records: number;
  /** One for every run that is not what was written; empty when all is well. */
  readonly problems: readonly Diagnostic[];
};

/**
 * Keeps the records of runs, each run's in one order. Every method throws AbyssalError: JOURNAL_WRITE_FAILED,
 * JOURNAL_CORRUPT, JOURNAL_BUSY, RUN_UNKNOWN, RUN_OWNED, RUN_ENDED, RUN_EXISTS; whatever throws has changed nothing.
 */
export interface Journal {
  /** Takes a new run on, with a lease on it; durable when it returns. */
  accept(draft: Draft): void;
  /**
   * Takes new runs on, without a lease: anybody may claim them. Gives those whose id is recorded already: nothing was
   * written of them. Durable when it returns; does not wait for a lock.
   */
  enrol(drafts: readonly Draft[]): readonly Draft[];
  /** Takes a lease on a run that nobody drives, and gives its records, verified. */
  claim(runId: string): readonly StoredRecord[];
  /**
   * Adds records of runs that are leased, all or none of them, and what such runs wait for; durable when it returns. Gives
   * the runs whose lease is lost: nothing was written of those. Does not wait for a lock.
   */
  commit(
    drafts: readonly Draft[],
    requestsDone: readonly number[],
    suspensions?: readonly Suspension[],
  ): readonly string[];
  /** Keeps the leases; gives the runs whose lease is lost. Does not wait for a lock. */
  renew(runIds: readonly string[]): readonly string[];
  release(runIds: readonly string[]): void;
  ownerOf(runId: string): Owner | null;
  /** The records of a run, verified; those after `after` only, which is verified to be where they go on. */
  read(runId: string, after?: Head): readonly StoredRecord[];
  /** The newest first. */
  list(query?: RunsQuery): readonly RunEdges[];
  /** Null when there is no such run. */
  edges(runId: string): RunEdges | null;
  /** Leaves a request for a run that has not ended. */
  request(runId: string, body: string): void;
  /** Requests for these runs, oldest first; `fresh`: only when anything was written by others since the last call. */
  requests(runIds: readonly string[], options: { readonly fresh: boolean }): readonly Request[];
  verify(runId?: string): VerifyReport;
  close(): void;
}

/** Joins the bodies of facts that are recorded together; JSON text has none of its own. */
const BETWEEN_FACTS = "\n";

/** The facts that each run is given, as one draft; what else there is after them. */
export function joined(drafts: readonly Draft[]): readonly Draft[] {
  const facts = new Map<string, string[]>();
  const others: Draft[] = [];
  for (const draft of drafts) {
    const { runId, kind, body } = draft;
    if (kind !== "fact") others.push(draft);
    else if (facts.has(runId)) facts.get(runId)!.push(body);
    else facts.set(runId, [body]);
  }
  const together = [...facts].map(
    ([runId, bodies]): Draft => ({ runId, kind: "fact", body: bodies.join(BETWEEN_FACTS) }),
  );
  return [...together, ...others];
}

/** The other way round: each record by itself. */
export function apart(records: readonly StoredRecord[]): readonly StoredRecord[] {
  return records.flatMap((record) =>
    bodiesOf(record).map((body, place) => ({ ...record, seq: record.seq + place, body })),
  );
}

function bodiesOf({ kind, body }: Pick<StoredRecord, "kind" | "body">): readonly string[] {
  return kind === "fact" ? body.split(BETWEEN_FACTS) : [body];
}

/** What a run promises that is started with these options. */
export function termsOf(options: StartOptions, atMs: number, version: string | undefined): Terms {
  const { timeoutMs, policyHash, cache, batch, origin, budget } = options;
  return {
    timeoutMs,
    atMs,
    ...(version === undefined ? {} : { version }),
    ...(budget ? { budget } : {}),
    ...(policyHash === undefined ? {} : { policyHash }),
    ...(cache === false ? { cache } : {}),
    ...(batch ? { batch } : {}),
    ...(origin ? { origin } : {}),
  };
}

export function acceptance(runId: string, plan: Plan, terms: Terms): Draft {
  return { runId, kind: "accepted", body: JSON.stringify(terms), plan: PlanText.of(plan) };
}

/** The text of a run's first record: its plan, or what stands for that, and what else it promised. */
export function acceptedBody(plan: string, terms: string): string {
  return `{"plan":${plan},${terms.slice(1)}`;
}

/** Where a run's records end after those that are recorded together. */
export function headAfter(previous: Head, { runId, kind, body }: Draft): Head {
  const hash = sha3(`${previous.hash}\n${runId}\n${previous.count}\n${kind}\n${body}`);
  return { count: previous.count + bodiesOf({ kind, body }).length, hash };
}

/**
 * What is wrong with a run's records from `after` on, joined as they were recorded, or null: their order, their chain, and that they
 * reach the head outside.
 */
export function chainProblem(
  runId: string,
  records: readonly StoredRecord[],
  head: Head | null,
  after: Head = NO_RECORDS,
): string | null {
  // What was read before may have gone beyond the head: then it says nothing about these records.
  let isMet = !head || head.count < after.count;
  let end = after;
  const meet = (): void => {
    isMet ||= head!.count === end.count && head!.hash === end.hash;
  };
  meet();
  for (const { seq, kind, body, hash } of records) {
    const { count } = end;
    if (seq !== count) return `record ${count} is missing`;
    end = headAfter(end, { runId, kind: kind as RecordKind, body });
    if (end.hash !== hash) return `record ${count} was changed`;
    if ((kind === "accepted") !== (seq === 0)) return `record ${count} stands in a wrong place`;
    meet();
  }
  if (head && end.count < head.count)
    return `${head.count - end.count} of ${head.count} records are missing at the end`;
  return isMet ? null : "the records are not those that were committed";
}

export type ReadRun = {
  readonly accepted: Accepted;
  readonly facts: readonly Fact[];
  readonly ended: Ended | null;
};

/** A run's verified records as values. */
export function readRun(records: readonly StoredRecord[]): ReadRun {
  const [first] = records;
  if (first?.kind !== "accepted") throw new Error("journal: a run does not begin with its acceptance");
  const last = records.at(-1)!;
  return {
    accepted: JSON.parse(first.body) as Accepted,
    facts: records.filter(({ kind }) => kind === "fact").map(({ body }) => JSON.parse(body) as Fact),
    ended: last.kind === "ended" ? (JSON.parse(last.body) as Ended) : null,
  };
}
