export type Side = "security" | "performance" | "reliability" | "scalability";

export const SIDES: readonly Side[] = ["security", "performance", "reliability", "scalability"];

/** Something that goes wrong in a kind of system, and what to do about it. */
export type Concern = {
  readonly side: Side;
  readonly priority: "P0" | "P1" | "P2";
  readonly risk: string;
  readonly action: string;
  /** 1 to 10. */
  readonly impact: number;
  readonly feasibility: number;
  /** Person-days. */
  readonly effort: number;
};

/** What the rules know about one kind of system. */
export type Domain = {
  readonly id: string;
  /** Words of a topic that speak for this domain; a phrase may hold a space. */
  readonly words: readonly string[];
  /** Among several matches the greatest counts, then the one that stands last in the topic. */
  readonly weight: number;
  readonly noun: string;
  readonly parts: readonly { readonly name: string; readonly duty: string }[];
  readonly concerns: readonly Concern[];
  readonly options: readonly string[];
  readonly criteria: readonly string[];
  readonly measures: readonly string[];
  /** The service in the sketch language; absent: the generic one. */
  readonly sketch?: string;
};

/** What a domain is about, in a sentence: `a queue`, `an engine`. */
export function aNoun({ noun }: Domain): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

/** Makes a domain from its short form: parts as `name: duty`, concerns as `side|priority|risk|action|impact|feasibility|effort`. */
export function domain(short: {
  readonly id: string;
  readonly words: string;
  readonly weight?: number;
  readonly noun: string;
  readonly parts: readonly string[];
  readonly concerns: readonly string[];
  readonly options: readonly string[];
  readonly criteria: readonly string[];
  readonly measures: readonly string[];
  readonly sketch?: string;
}): Domain {
  return {
    ...short,
    weight: short.weight ?? 2,
    words: short.words.split("|"),
    parts: short.parts.map((text) => {
      const at = text.indexOf(": ");
      return { name: text.slice(0, at), duty: text.slice(at + 2) };
    }),
    concerns: short.concerns.map((text) => {
      const [side, priority, risk, action, impact, feasibility, effort] = text.split("|");
      return {
        side: side as Side,
        priority: priority as Concern["priority"],
        risk: risk!,
        action: action!,
        impact: Number(impact),
        feasibility: Number(feasibility),
        effort: Number(effort),
      };
    }),
  };
}
