/**
 * Purpose: judge every call of a tool before it is made.
 * Owns: nothing; a verdict follows from what it is given. Does not own: calling, asking.
 * Invariants:
 * D1 once text from outside is in sight, a call reaches no host and no path outside its folders that people have not named, unless
 *    a person approves that very call.
 * D2 a call that the level of autonomy does not allow is asked for, whatever stands in it.
 * D3 the verdict depends on what is in sight and on the call, never on what a model says about it.
 */
import type { Autonomy } from "../../shared/autonomy.ts";
import type { JsonObject } from "../../shared/json.ts";
import {
  hostsIn,
  isTrustedHost,
  isTrustedPath,
  pathsOutside,
  type Reaches,
  type Trust,
  textsIn,
} from "./reaches.ts";
import type { Tool } from "./tool.ts";

export type Sight = {
  readonly autonomy: Autonomy;
  /** Whether there is text from outside in what the caller has seen. */
  readonly isTainted: boolean;
  readonly trust: Trust;
  /** Where relative paths are read from, and paths may lead. */
  readonly folders: readonly string[];
};

export type Verdict =
  | { readonly kind: "allowed" }
  /** `tainted`: an address or a path that nobody here has named. */
  | { readonly kind: "ask"; readonly because: "autonomy" | "tainted"; readonly why: string };

export function judgeCall(tool: Tool, input: JsonObject, sight: Sight): Verdict {
  if (sight.isTainted) {
    const { hosts, paths } = strangeReaches(tool, input, sight);
    if (hosts.length > 0 || paths.length > 0) {
      const what = [...hosts.map((host) => `the host ${host}`), ...paths.map((path) => `the path ${path}`)];
      return { kind: "ask", because: "tainted", why: `${what.slice(0, 5).join(", ")} may come from outside` };
    }
  }
  const { autonomy } = sight;
  if (autonomy === "high" || (autonomy === "medium" && tool.access === "read")) return { kind: "allowed" };
  const why = autonomy === "low" ? "every call is asked for" : "it may change something";
  return { kind: "ask", because: "autonomy", why: `${why} (autonomy ${autonomy})` };
}

/** Where a call leads that people have not named. */
function strangeReaches(tool: Tool, input: JsonObject, { trust, folders }: Sight): Reaches {
  const texts = textsIn(input);
  const reach = tool.reach?.(input) ?? { addresses: texts, paths: texts };
  const within = [...folders, ...(tool.folders ?? [])];
  return {
    hosts: unique(reach.addresses.flatMap(hostsIn)).filter((host) => !isTrustedHost(host, trust)),
    paths: unique(reach.paths.flatMap((text) => pathsOutside(text, within))).filter(
      (path) => !isTrustedPath(path, trust),
    ),
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
