import type { RunEvent } from "../../actors/run-events.ts";
import type { DurableEngine, RunSummary } from "../../engine/durable-engine.ts";
import type { CheckedAnswer } from "../../plan/calibration.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Clock } from "../../shared/clock.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { LIMITS } from "../../shared/limits.ts";
import { checkedAnswersOf } from "../checked-answers.ts";
import { type AnswerFigures, AnswerTally } from "./answer-tally.ts";
import { type Recommendation, recommendations } from "./recommendations.ts";
import { type RunFigures, RunFold } from "./run-figures.ts";
import { Sketch } from "./sketch.ts";
import { share, type WorkFigures, WorkTally } from "./tally.ts";

/** How the runs of a journal went. */
export type AnalyticsReport = {
  /** Of those that ended since; ms since the epoch, null: all. */
  readonly sinceMs: number | null;
  readonly runs: {
    readonly ended: number;
    readonly byStatus: Readonly<Record<string, number>>;
    readonly successRate: number | null;
    readonly meanMs: number | null;
    readonly p95Ms: number | null;
    /** Share of the agent slots, and of the cores, that was in use while runs were under way. */
    readonly slotsUsed: number | null;
    readonly coresUsed: number | null;
  };
  /** Runs that could not be read, by code of the reason. */
  readonly unread: Readonly<Record<string, number>>;
  readonly work: WorkFigures;
  readonly templates: readonly TemplateFigures[];
  readonly agents: readonly (WorkFigures & { readonly agent: string; readonly performer: string })[];
  /** Answers that something has checked: how sure they were, and how right. */
  readonly answers: readonly AnswerFigures[];
  readonly recommendations: readonly Recommendation[];
};

/** How the work of one template's agents went, and its commands as wholes; times in ms, null: of none. */
export type TemplateFigures = WorkFigures & {
  readonly template: string;
  readonly commands: {
    readonly ended: number;
    readonly successRate: number | null;
    readonly meanMs: number | null;
    readonly p95Ms: number | null;
  };
};

class Commands {
  readonly durations = new Sketch();
  ended = 0;
  judged = 0;
  succeeded = 0;
}

/**
 * Purpose: add up what runs have recorded.
 * Owns: the sums. Does not own: the records; it holds one run at a time.
 * Invariants:
 * Y1 what it takes does not grow with the number of runs, agents or attempts: names beyond `analyticsNames` count as one.
 * Y2 a run counts once, when it has ended; one that cannot be read is counted with the reason.
 */
export class Analytics {
  readonly #durations = new Sketch();
  readonly #byStatus = new Map<string, number>();
  readonly #unread = new Map<string, number>();
  readonly #work = new WorkTally();
  readonly #templates = new Map<string, WorkTally>();
  readonly #commands = new Map<string, Commands>();
  readonly #agents = new Map<string, WorkTally>();
  readonly #answers = new AnswerTally();
  #slotMs = 0;
  #coreMs = 0;
  #slotsMs = 0;
  #coresMs = 0;

  addAnswers(answers: readonly CheckedAnswer[]): void {
    this.#answers.add(answers);
  }

  add(status: string, plan: Plan, { agents, commands, activeMs }: RunFigures): void {
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1);
    this.#durations.add(activeMs);
    this.#slotsMs += activeMs * plan.capacity.agents;
    this.#coresMs += activeMs * plan.capacity.cpu;
    for (const figures of agents) {
      const { template, agent, performer, resources } = figures.node;
      this.#slotMs += figures.workedMs;
      this.#coreMs += figures.workedMs * resources.cpu;
      this.#work.add(figures);
      if (template !== null) entry(this.#templates, template, () => new WorkTally()).add(figures);
      entry(this.#agents, `${agent}/${performer}`, () => new WorkTally()).add(figures);
    }
    for (const { template, status: ended, durationMs } of commands) {
      const known = entry(this.#commands, template, () => new Commands());
      known.ended++;
      if (ended !== "cancelled" && ended !== "skipped") known.judged++;
      if (ended === "succeeded") known.succeeded++;
      if (durationMs !== null) known.durations.add(durationMs);
    }
  }

  addUnread(code: string): void {
    this.#unread.set(code, (this.#unread.get(code) ?? 0) + 1);
  }

  report(sinceMs: number | null): AnalyticsReport {
    const counts = Object.fromEntries(this.#byStatus);
    const { succeeded = 0, cancelled = 0 } = counts;
    const ended = this.#durations.count;
    const figures = {
      sinceMs,
      runs: {
        ended,
        byStatus: counts,
        successRate: share(succeeded, ended - cancelled),
        meanMs: this.#durations.mean,
        p95Ms: this.#durations.quantile(0.95),
        slotsUsed: share(this.#slotMs, this.#slotsMs),
        coresUsed: share(this.#coreMs, this.#coresMs),
      },
      unread: Object.fromEntries(this.#unread),
      work: this.#work.figures,
      templates: this.#templateFigures(),
      agents: sorted(this.#agents).map(([name, tally]) => {
        const [agent = name, performer = ""] = name.split("/");
        return { agent, performer, ...tally.figures };
      }),
      answers: this.#answers.figures,
    };
    return { ...figures, recommendations: recommendations(figures, this.#agents) };
  }

  #templateFigures(): TemplateFigures[] {
    return sorted(this.#templates).map(([template, tally]) => {
      const { ended, judged, succeeded, durations } = this.#commands.get(template) ?? new Commands();
      const commands = {
        ended,
        successRate: share(succeeded, judged),
        meanMs: durations.mean,
        p95Ms: durations.quantile(0.95),
      };
      return { template, commands, ...tally.figures };
    });
  }
}

type Source = Pick<DurableEngine, "list" | "replayed">;

/**
 * Reads every run that ended since `sinceMs` from its records, one after another; others get their turn between two of
 * them. Throws AbyssalError JOURNAL_* when the journal cannot be read at all.
 */
export async function analyse(
  source: Source,
  sinceMs: number | null,
  clock: Pick<Clock, "nextTurn">,
): Promise<AnalyticsReport> {
  const analytics = new Analytics();
  for (const run of source.list()) {
    if (run.endedAtMs === null || (sinceMs !== null && run.endedAtMs < sinceMs)) continue;
    addRun(analytics, source, run);
    await new Promise<void>((resolve) => clock.nextTurn(resolve));
  }
  return analytics.report(sinceMs);
}

/** A run whose merge functions are not here, or whose records are damaged, says so; the others still count. */
function addRun(analytics: Analytics, source: Source, { runId, status }: RunSummary): void {
  try {
    const events: RunEvent[] = [];
    const { run } = source.replayed(runId, { observe: (event) => void events.push(event) });
    const fold = new RunFold(run.plan);
    for (const event of events) fold.take(event);
    analytics.add(status, run.plan, fold.figures);
    analytics.addAnswers(checkedAnswersOf(run, 0));
  } catch (error) {
    if (!(error instanceof AbyssalError)) throw error;
    analytics.addUnread(error.code);
  }
}

function entry<T>(map: Map<string, T>, name: string, make: () => T): T {
  const key = map.has(name) || map.size < LIMITS.analyticsNames ? name : "(others)";
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}

function sorted<T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
