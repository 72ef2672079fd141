import { canonicalJson } from "../../shared/canonical-json.ts";
import { sha3 } from "../../shared/hash.ts";
import type { Json } from "../../shared/json.ts";
import type { ResolveRule } from "../../templates/template.ts";
import type { Conflict, ConflictOption } from "./answer.ts";
import { mergeFiles } from "./merge-files.ts";
import { type Piece, textOf } from "./pieces.ts";
import type { Voice } from "./topics.ts";
import type { Versions } from "./versions.ts";

/** What a judge has said on one conflict. */
export type Ruling = { readonly value: Json; readonly reason: string };

/** What decides, in order; what none of them decides goes to the first in plan order. */
export const DEFAULT_RULES: readonly ResolveRule[] = ["merge", "vote", "confidence"];

/** What was decided, and of a merged file its text. */
export type Resolved = {
  readonly resolution: Conflict["resolution"];
  readonly merged?: readonly Piece[];
};

/** The different values of some voices, in order, each with everyone who gives it. */
export function optionsOf(voices: readonly Voice[]): readonly ConflictOption[] {
  const options = new Map<string, { -readonly [K in keyof ConflictOption]: ConflictOption[K] }>();
  for (const { path, value, confidence, content } of voices) {
    const key = canonicalJson(value);
    const option = options.get(key);
    if (option) {
      option.paths = [...option.paths, path];
      option.confidence += confidence;
    } else
      options.set(key, { value, paths: [path], confidence, ...(content === undefined ? {} : { content }) });
  }
  return [...options.values()];
}

/** What is to be decided, and by what. */
export type Dispute = {
  /** At least two. */
  readonly options: readonly ConflictOption[];
  /** Of a file. */
  readonly versions?: Versions;
  readonly rules: readonly ResolveRule[];
  /** Asked only where the rules name a judge. */
  ruling(): Ruling | undefined;
};

/**
 * Goes through the rules in order, each narrowing what is left, until one value is. What was not declared but always
 * decides something follows: votes, confidence, plan order.
 */
export function resolveDispute(dispute: Dispute): Resolved {
  const rules = new Set<ResolveRule>([...dispute.rules, "vote", "confidence"]);
  let { options } = dispute;
  for (const rule of rules) {
    const found =
      rule === "merge" ? byMerge({ ...dispute, options }) : rule === "judge" ? byJudge(dispute) : null;
    if (found) return found;
    if (rule !== "vote" && rule !== "confidence") continue;
    const { left, reason } = NARROWING[rule](options);
    if (left.length === 1) return { resolution: { by: rule, value: left[0]!.value, reason } };
    options = left;
  }
  const reason = "nothing else decides: the first in plan order";
  return { resolution: { by: "order", value: options[0]!.value, reason } };
}

type Narrowed = { readonly left: readonly ConflictOption[]; readonly reason: string };

const NARROWING: Readonly<Record<"vote" | "confidence", (options: readonly ConflictOption[]) => Narrowed>> = {
  vote: (options) => {
    const most = Math.max(...options.map(({ paths }) => paths.length));
    const total = options.reduce((sum, { paths }) => sum + paths.length, 0);
    return {
      left: options.filter(({ paths }) => paths.length === most),
      reason: `${most} of ${total} results`,
    };
  },
  confidence: (options) => {
    const mean = ({ confidence, paths }: ConflictOption): number => confidence / paths.length;
    const highest = Math.max(...options.map(mean));
    return {
      left: options.filter((option) => mean(option) > highest - 1e-9),
      reason: `confidence ${highest.toFixed(2)}`,
    };
  },
};

function byMerge({ options, versions }: Dispute): Resolved | null {
  const base = versions?.base;
  if (!base || base.content === undefined) return null;
  const changed = options.flatMap(({ paths: [path], content }) =>
    path === undefined || content === undefined ? [] : [{ path, content }],
  );
  const merged = mergeFiles({ path: base.path, content: base.content }, changed);
  if (!merged) return null;
  const reason = `${options.length} versions, over that of ${base.path}, which both sides could see`;
  return { resolution: { by: "merge", value: sha3(textOf(merged)), reason }, merged };
}

function byJudge({ options, ruling }: Dispute): Resolved | null {
  const said = ruling();
  const chosen = said && options.find(({ value }) => canonicalJson(value) === canonicalJson(said.value));
  return chosen ? { resolution: { by: "judge", value: chosen.value, reason: said.reason } } : null;
}
