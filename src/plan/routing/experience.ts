/** How one agent's work ended, as a run's results tell it. */
export type Observation = {
  readonly agent: string;
  readonly performer: string;
  /** `NAME@VERSION`, and the step: the shape of the task. */
  readonly template: string;
  readonly step: string;
  readonly succeeded: boolean;
  readonly durationMs: number;
  /** When it was learned, ms since the epoch. */
  readonly atMs: number;
};

/** What is known of one agent kind and performer on one shape of task: sums that fade, as they stood at `atMs`. */
export type Experience = {
  readonly agent: string;
  readonly performer: string;
  readonly template: string;
  readonly step: string;
  readonly successes: number;
  readonly failures: number;
  /** Sum of ln(ms) over the successes. */
  readonly logMs: number;
  readonly atMs: number;
};

/** The same key for the same agent kind, performer and shape; `|` stands in no name. */
export function experienceKey({
  agent,
  performer,
  template,
  step,
}: Pick<Observation, "agent" | "performer" | "template" | "step">): string {
  return `${agent}|${performer}|${template}|${step}`;
}

/** What is left at `atMs` of a sum as it stood at `sinceMs`: halved with every half-life. An earlier time changes nothing. */
export function shareLeft(sinceMs: number, atMs: number, halfLifeMs: number): number {
  return 0.5 ** (Math.max(0, atMs - sinceMs) / halfLifeMs);
}

/** Sums as they stand at a later time. */
export function faded(known: Experience, atMs: number, halfLifeMs: number): Experience {
  const share = shareLeft(known.atMs, atMs, halfLifeMs);
  return {
    ...known,
    successes: known.successes * share,
    failures: known.failures * share,
    logMs: known.logMs * share,
    atMs: Math.max(known.atMs, atMs),
  };
}

/** What is known once one more observation has been made. Failures say nothing about how long work takes. */
export function withObservation(
  known: Experience | undefined,
  { succeeded, durationMs, ...seen }: Observation,
  halfLifeMs: number,
): Experience {
  const before = known ? faded(known, seen.atMs, halfLifeMs) : { ...seen, ...NOTHING };
  if (!succeeded) return { ...before, failures: before.failures + 1 };
  const logMs = before.logMs + Math.log(Math.max(1, durationMs));
  return { ...before, successes: before.successes + 1, logMs };
}

/** Sums over some experience. */
export type Sums = { readonly successes: number; readonly failures: number; readonly logMs: number };

const NOTHING: Sums = { successes: 0, failures: 0, logMs: 0 };

/** What is known from the general to the particular; each level leaves out what the next one holds. */
export type Levels = readonly [agent: Sums, template: Sums, step: Sums];

/** Experience at one moment, to be asked by agent kind, performer and shape of task. */
export class Figures {
  readonly #sums = new Map<string, Sums>();

  /** `atMs`: the moment that all of it is faded to. */
  constructor(known: Iterable<Experience>, atMs: number, halfLifeMs: number) {
    for (const one of known) {
      const now = faded(one, atMs, halfLifeMs);
      for (const key of keysOf(now)) this.#sums.set(key, added(this.#sums.get(key) ?? NOTHING, now, 1));
    }
  }

  of(shape: Pick<Observation, "agent" | "performer" | "template" | "step">): Levels {
    const [agent, template, step] = keysOf(shape).map((key) => this.#sums.get(key) ?? NOTHING);
    return [added(agent!, template!, -1), added(template!, step!, -1), step!];
  }
}

function keysOf({
  agent,
  performer,
  template,
  step,
}: Pick<Observation, "agent" | "performer" | "template" | "step">): readonly string[] {
  const who = `${agent}|${performer}`;
  // A new version of a template begins with what is known of the versions before.
  return [who, `${who}|${template.split("@")[0]}`, `${who}|${template}|${step}`];
}

/** Never below nothing, whatever rounding has done. */
function added(sums: Sums, more: Sums, sign: 1 | -1): Sums {
  return {
    successes: Math.max(0, sums.successes + sign * more.successes),
    failures: Math.max(0, sums.failures + sign * more.failures),
    logMs: Math.max(0, sums.logMs + sign * more.logMs),
  };
}

/** What is expected of whom nobody has seen at work, and how many observations that expectation is worth. */
export const PRIOR = { success: 0.8, observations: 5 } as const;

/**
 * The share of tasks that will succeed: the posterior mean of a Beta-binomial model (Gelman et al., Bayesian Data Analysis,
 * 3rd ed., 2.4), each level the prior of the next, over counts that fade (Garivier and Moulines, On Upper-Confidence Bound
 * Policies for Switching Bandit Problems, ALT 2011). The first prior is optimistic, so that whoever failed is tried again
 * once that has faded (Sutton and Barto, Reinforcement Learning, 2nd ed., 2.6).
 */
export function expectedSuccess(levels: Levels): number {
  return levels.reduce(
    (prior, { successes, failures }) =>
      (successes + PRIOR.observations * prior) / (successes + failures + PRIOR.observations),
    PRIOR.success as number,
  );
}

/** ln(ms) that a task will take, drawn towards `prior` in the same way. */
export function expectedLogMs(levels: Levels, prior: number): number {
  return levels.reduce(
    (before, { successes, logMs }) =>
      (logMs + PRIOR.observations * before) / (successes + PRIOR.observations),
    prior,
  );
}

/** Mean ln(ms) over all successes; null without any. */
export function meanLogMs(all: readonly Levels[]): number | null {
  const sums = all.flat().reduce((sum, one) => added(sum, one, 1), NOTHING);
  return sums.successes > 0 ? sums.logMs / sums.successes : null;
}
