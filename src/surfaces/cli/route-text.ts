import { ROUTE_PARTS, type Routed } from "../../plan/routing/routing.ts";
import { columns } from "./style.ts";

const shown = (value: number): string => value.toFixed(2);

/** Whom an agent's work was given to and why, with the candidates and what spoke for each. */
export function routeText(agent: string, performer: string, routed: Routed, indent: string): string {
  const { candidates, of } = routed;
  const rows = [
    ["", "score", ...ROUTE_PARTS],
    ...candidates.map(({ agent: kind, performer: by, score, parts }) => [
      `${kind} by ${by}`,
      shown(score),
      ...ROUTE_PARTS.map((part) => shown(parts[part])),
    ]),
  ];
  const hidden = of - candidates.length;
  const more = hidden > 0 ? `\n${indent}  and ${hidden} more` : "";
  return `${indent}given to ${agent} by ${performer}: ${routeReason(routed)}\n${columns(rows, { indent: `${indent}  `, right: [1, 2, 3, 4, 5, 6] })}${more}`;
}

/** Why, in a few words. */
export function routeReason({ by, rule, of }: Routed): string {
  if (by === "rule") return `routing.rules[${rule}] says so`;
  return by === "only" ? "nobody else has the capabilities" : `the best score of ${of}`;
}
