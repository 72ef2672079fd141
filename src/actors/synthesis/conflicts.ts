import type { AgentResult, Artifact } from "../../plan/outcome.ts";
import { canonicalJson } from "../../shared/canonical-json.ts";
import type { ResolveRule } from "../../templates/template.ts";
import type { Conflict, ConflictOption } from "./answer.ts";
import { type Piece, textOf } from "./pieces.ts";
import type { Precedence } from "./precedence.ts";
import { optionsOf, type Ruling, resolveDispute } from "./resolve.ts";
import { isContainer, type Topic, type TopicScopes, topicsOf, type Voice } from "./topics.ts";
import { Predecessors, type Versions, versionsOf } from "./versions.ts";

/** What the plan, and the groups that have chosen, tell about results. */
export type Sight = TopicScopes & {
  readonly precedence: Precedence;
  /** Whether a group chose another result in its place. */
  isSetAside(path: string): boolean;
  /** What decides between these results. */
  rulesFor(paths: readonly string[]): readonly ResolveRule[];
  /** What a judge has said on a conflict between these results, if one was asked. */
  ruling(topic: Omit<Topic, "voices">, paths: readonly string[]): Ruling | undefined;
};

/** One file of the answer; `pieces` where it was merged of several results' versions. */
export type SettledFile = Artifact & { readonly from: string; readonly pieces?: readonly Piece[] };

/** What results agree and disagree on. */
export type Findings = {
  readonly conflicts: readonly Conflict[];
  /** Subjects on which two or more results speak independently of each other. */
  readonly compared: number;
  /** The sum over them of the share of pairs that agree. */
  readonly agreed: number;
  /** One version of every file. */
  readonly files: readonly SettledFile[];
};

/**
 * Finds every subject to which results give different values, and resolves each by the rules of the group around those who
 * speak. A file's version that was made by an agent that could see the older ones replaces them: that is a revision, no
 * conflict. Nothing is lost: a conflict holds every value, of files their contents. `unruled`: as before any judge has spoken.
 */
export function findConflicts(
  results: readonly AgentResult[],
  sight: Sight,
  { unruled = false }: { readonly unruled?: boolean } = {},
): Findings {
  const conflicts: Conflict[] = [];
  const files: SettledFile[] = [];
  let [compared, agreed] = [0, 0];
  for (const topic of topicsOf(results, sight)) {
    const share = topic.voices.length > 1 ? agreementOn(topic, sight.precedence) : null;
    if (share !== null) {
      compared++;
      agreed += share;
    }
    const { conflict, winner, merged } = settle(topic, sight, unruled);
    if (conflict) conflicts.push(conflict);
    if (topic.kind !== "artifact" || !winner) continue;
    const content = merged ? { content: textOf(merged), pieces: merged } : { content: winner.content! };
    files.push({ path: topic.subject, mediaType: winner.mediaType!, ...content, from: winner.path });
  }
  return { conflicts, compared, agreed, files };
}

/**
 * Of the pairs of voices the share that agree; null where fewer than two spoke first-hand, that is, without one before them
 * whom they could have repeated, or where all that spoke are drafts: copies of one rule agree by construction.
 */
function agreementOn({ voices }: Topic, precedence: Precedence): number | null {
  const before = new Predecessors(voices, precedence);
  const firstHand = voices.filter((voice) => !before.isPreceded(voice));
  if (firstHand.length < 2 || firstHand.every(({ isDraft }) => isDraft)) return null;
  const options = optionsOf(firstHand);
  if (options.length === 1 && isContainer(options[0]!.value)) return null;
  const pairs = (count: number): number => (count * (count - 1)) / 2;
  return options.reduce((sum, { paths }) => sum + pairs(paths.length), 0) / pairs(firstHand.length);
}

type Settled = {
  readonly conflict: Conflict | null;
  /** Whose value stands; null: nobody's, as all who spoke were set aside. */
  readonly winner: Voice | null;
  /** Of a file that was merged: its text; the winner is then only the first of those that it was merged of. */
  readonly merged?: readonly Piece[] | undefined;
};

function settle(topic: Topic, sight: Sight, unruled: boolean): Settled {
  const { voices, kind, scope, subject } = topic;
  const chosen = voices.filter(({ path }) => !sight.isSetAside(path));
  if (voices.length === 1) return { conflict: null, winner: chosen[0] ?? null };
  const options = optionsOf(voices);
  if (options.length === 1) return { conflict: null, winner: chosen[0] ?? null };
  const versions = kind === "artifact" ? versionsOf(chosen, sight.precedence) : undefined;
  const standing = versions?.heads ?? chosen;
  if (versions && !versionsOf(voices, sight.precedence).isContested)
    return { conflict: null, winner: standing[0] ?? null };
  const open = optionsOf(standing.length > 0 ? standing : voices);
  const paths = standing.map(({ path }) => path);
  const { resolution, merged } =
    open.length === 1
      ? { resolution: settledBefore(open[0]!, versions), merged: undefined }
      : resolveDispute({
          options: open,
          ...(versions ? { versions } : {}),
          rules: sight.rulesFor(paths),
          ruling: () => (unruled ? undefined : sight.ruling({ kind, scope, subject }, paths)),
        });
  const key = canonicalJson(resolution.value);
  const winner = merged ? standing[0] : standing.find(({ value }) => canonicalJson(value) === key);
  return { conflict: { kind, scope, subject, options, resolution }, winner: winner ?? null, merged };
}

/** Where one value is left: a later version took the place of the others, or their group chose it with everything else. */
function settledBefore(
  { value, paths }: ConflictOption,
  versions: Versions | undefined,
): Conflict["resolution"] {
  if (versions?.isContested)
    return { by: "revision", value, reason: `${paths.join(", ")} came later, and could see the others` };
  return { by: "choice", value, reason: `chosen with everything else of ${paths.join(", ")}` };
}
