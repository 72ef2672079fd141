import type { AttemptEnd, Doer, Link, Reason, Stop } from "../../engine/explain/explanation.ts";
import { formatSpan } from "../../shared/quantity.ts";
import { counted, fitted } from "./style.ts";

/** Paths named in one phrase; the rest is counted. */
const NAMED = 4;
/** The longest message that is quoted, in columns. */
export const MESSAGE = 300;

const READY: Readonly<Record<Extract<Link, { readonly kind: "ready" }>["after"], string>> = {
  needs: "ready: all that it needs has settled",
  backoff: "ready: its wait is over",
  decision: "ready: a person lets it run",
  restart: "ready: its supervisor starts it again",
  alternative: "ready: what failed for good gives way to an alternative",
};

/** What one link of an agent's history says, of the agent at `path`. */
export function linkText(link: Link, path: string): string {
  switch (link.kind) {
    case "need": {
      const whose = link.of === path ? "" : `, which ${link.of} needs`;
      if (link.status === null) return `waits for ${link.need}${whose}`;
      return `${link.need} ${link.status}${link.satisfied ? "" : ", which is not enough"}${whose}`;
    }
    case "asked":
      return `a person is asked: ${fitted(link.question, MESSAGE)}`;
    case "decided": {
      const said = link.answer === null ? "" : `: ${fitted(link.answer, MESSAGE)}`;
      const by = link.by === null ? "" : ` by ${link.by}`;
      return `${link.approved ? "approved" : "refused"}${by} after ${formatSpan(link.waitedMs)}${said}`;
    }
    case "ready":
      return READY[link.after];
    case "queued":
      return queuedText(link);
    case "attempt":
      return `attempt ${link.attempt}${alternativeText(link)} ${attemptText(link.end, link.to ? link.to.atMs - link.from.atMs : 0)}`;
    case "backedOff":
      return `waits ${formatSpan(link.delayMs)} before the next attempt`;
    case "stopping":
      return `its supervisor stops it${link.after === null ? "" : `, after what happened to ${link.after}`}`;
    case "held":
      return "at rest until its supervisor decides";
    case "ended":
      return `${link.status}: ${reasonText(link.reason, path)}`;
  }
}

function alternativeText({ alternative }: Extract<Link, { readonly kind: "attempt" }>): string {
  return alternative
    ? ` by ${doer(alternative.by)}, alternative ${alternative.index} of ${alternative.of},`
    : "";
}

function doer({ agent, performer, model }: Doer): string {
  return `${agent} (${model ?? performer})`;
}

function queuedText({
  from,
  to,
  short,
  holders,
  freedBy,
}: Extract<Link, { readonly kind: "queued" }>): string {
  const what = short.length > 0 ? `too little of ${short.join(", ")}` : "others stood before it";
  const held = holders.length > 0 ? `, held by ${named(holders)}` : "";
  const freed = freedBy === null ? "" : `; ${freedBy} made room`;
  return to
    ? `waited ${formatSpan(to.atMs - from.atMs)} for a slot: ${what}${held}${freed}`
    : `waits for a slot: ${what}${held}`;
}

function attemptText(end: AttemptEnd, tookMs: number): string {
  const took = formatSpan(tookMs);
  switch (end.kind) {
    case "completed":
      return end.cached ? "took its result from the cache" : `completed after ${took}`;
    case "failed":
      return `failed after ${took}${end.failure ? `: ${end.failure.code}: ${fitted(end.failure.message, MESSAGE)}` : ""}`;
    case "timedOut":
      return `ran into its timeout of ${formatSpan(end.timeoutMs)}`;
    case "unsure":
      return `answered after ${took}, not sure enough: confidence ${end.confidence.toFixed(2)}, below ${end.least.toFixed(2)}; the answer is kept`;
    case "asked":
      return `asked a person after ${took}`;
    case "stopped":
      return `was stopped after ${took}: ${stopText(end.stop)}`;
    case "underWay":
      return "is under way";
  }
}

/** Why something ended as it did, of the node at `path`. */
export function reasonText(reason: Reason, path: string): string {
  const around = "origin" in reason && reason.origin !== path ? `, decided for ${reason.origin}` : "";
  switch (reason.kind) {
    case "completed":
      if (reason.shared) return "its work is done, by the answer to an identical question of another agent";
      return reason.cached ? "its result stood in the cache" : "its work is done";
    case "answered":
      return "a person's answer is its output";
    case "alternative": {
      const { alternative, by, failure } = reason;
      const why = failure
        ? `as its own work failed (${failure.code})`
        : "as the answer before was not sure enough";
      return `alternative ${alternative}, ${doer(by)}, did the work, ${why}`;
    }
    case "unsure":
      return `the answer of ${doer(reason.by)} stands though it was not sure enough, as what was asked after it failed (${reason.failure?.code})`;
    case "failure":
      return `${reason.failure.code}: ${fitted(reason.failure.message, MESSAGE)}${around}`;
    case "condition":
      return `its condition is false${reason.when === null ? "" : `: ${fitted(reason.when, 100)}`}${around}`;
    case "needs":
      return `${named(reason.broken)} did not end well${around}`;
    case "blocked": {
      const circle = reason.circle ? `; in a circle: ${reason.circle.join(" -> ")}` : "";
      return `it waited for ${named(reason.waitsFor)}, which could never end${circle}${around}`;
    }
    case "stopped":
      return stopText(reason.stop);
    case "children":
      return `${reason.satisfied} of ${counted(reason.total, "child", "children")} ended well, ${reason.needed} had to`;
  }
}

export function stopText(stop: Stop): string {
  if (stop.kind === "request") return `cancelled: ${fitted(stop.reason, MESSAGE)}`;
  if (stop.kind === "deadline") return `the run took longer than its ${formatSpan(stop.timeoutMs)}`;
  return `after ${stop.type}${stop.path === null ? "" : ` of ${stop.path}`}`;
}

function named(paths: readonly string[]): string {
  const more = paths.length - NAMED;
  return `${paths.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
