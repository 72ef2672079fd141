/** What speaks for a candidate, each from 0 to 1; in the order in which they are summed and shown. */
export const ROUTE_PARTS = ["capability", "priority", "load", "success", "duration"] as const;

/** How much each part counts; any scale, 0 for not at all. */
export type RouteWeights = Readonly<Record<(typeof ROUTE_PARTS)[number], number>>;

/** Steps that a rule is for: all that is given must fit. */
export type RuleCondition = {
  /** `NAME` or `NAME@VERSION`. */
  readonly template?: string | undefined;
  readonly step?: string | undefined;
  /** One that the step needs. */
  readonly capability?: string | undefined;
  /** The kind that the step names; `auto` where it names none. */
  readonly agent?: string | undefined;
  /** The step's priority is at least this. */
  readonly priority?: number | undefined;
};

/** A rule for who does the work of some steps. Targets are `AGENT` or `AGENT/PERFORMER`; a star stands for any agent kind. */
export type RoutingRule = {
  /** Absent: every step that an agent works on. */
  readonly when?: RuleCondition | undefined;
  /** It, and nobody else. Of several rules that fit the last one holds. */
  readonly use?: string | undefined;
  /** Before all others, or after them, whatever the scores say; of several rules that name one candidate the last one holds. */
  readonly prefer?: readonly string[] | undefined;
  readonly avoid?: readonly string[] | undefined;
};

/** How agents' work is routed, beside what was learned. */
export type RoutingSettings = {
  readonly rules: readonly RoutingRule[];
  readonly weights: RouteWeights;
  /** `preferred`: of a kind's performers the first one that is available; `learned`: the one with the best score. */
  readonly performers: "preferred" | "learned";
};

/** What holds when nothing is configured. */
export const DEFAULT_ROUTING: RoutingSettings = {
  rules: [],
  weights: { capability: 1, priority: 1, load: 0.25, success: 2, duration: 0.25 },
  performers: "preferred",
};

/** One who could do the work; `score` is the weighted mean of the parts. Figures are rounded to four places. */
export type RouteCandidate = {
  readonly agent: string;
  readonly performer: string;
  readonly score: number;
  readonly parts: RouteWeights;
};

/** Why an agent's work is done by whom: as chosen when the plan was made. */
export type Routed = {
  /** `rule`: rule number `rule` (from 0) decided; `only`: there was nobody else; `score`: the best score. */
  readonly by: "rule" | "score" | "only";
  readonly rule?: number;
  /** Best first, the chosen one foremost; at most five of them. */
  readonly candidates: readonly RouteCandidate[];
  /** How many there were. */
  readonly of: number;
};

/** A target's two halves; null stands for anybody. */
export type Target = { readonly agent: string | null; readonly performer: string | null };

export function targetOf(text: string): Target {
  const [agent = "*", performer = "*"] = text.split("/");
  return { agent: agent === "*" ? null : agent, performer: performer === "*" ? null : performer };
}

/** Whether a target means a candidate. */
export function isMeant({ agent, performer }: Target, kind: string, by: string): boolean {
  return (agent === null || agent === kind) && (performer === null || performer === by);
}
