import type {
  AgentExplanation,
  At,
  AttemptEnd,
  Cause,
  Doer,
  Explanation,
  GroupExplanation,
  Link,
  NodeState,
  Pending,
  Reason,
  RunExplanation,
  Stop,
  Stretch,
} from "../../engine/explain/explanation.ts";
import { formatSpan } from "../../shared/quantity.ts";
import { routeText } from "./route-text.ts";
import { columns, counted, fitted, type Paint } from "./style.ts";

/** Names listed in one line, and stretches in one table; the rest is counted. */
const NAMES = 4;
const STRETCHES = 40;
const MESSAGE = 300;

const STATES: Readonly<Record<NodeState, string>> = {
  waiting: "waits for what it needs",
  ready: "waits for a slot",
  running: "at work",
  backingOff: "waits before its next attempt",
  awaitingApproval: "waits for a person",
  stopping: "is being stopped by its supervisor",
  held: "at rest until its supervisor decides",
  underWay: "under way",
  succeeded: "succeeded",
  degraded: "degraded: something else stands in for its work",
  failed: "failed",
  cancelled: "cancelled",
  skipped: "skipped",
};
const VIA: Readonly<Record<Stretch["via"], string>> = {
  start: "with the run",
  need: "when what it needed had settled",
  slot: "when a slot was free",
  failure: "when its attempt had failed",
  retry: "when it might be tried again",
  decision: "when a person had decided",
  crash: "when its supervisor stopped it",
  restart: "when its supervisor started it again",
};

const READY: Readonly<Record<Extract<Link, { readonly kind: "ready" }>["after"], string>> = {
  needs: "ready: all that it needs has settled",
  backoff: "ready: its wait is over",
  decision: "ready: a person lets it run",
  restart: "ready: its supervisor starts it again",
  alternative: "ready: what failed for good gives way to an alternative",
};

type Page = {
  readonly startMs: number;
  readonly nowMs: number;
  readonly paint: Paint;
  /** Of the terminal, in columns. */
  readonly width: number | undefined;
};

/** An explanation for people: what happened, why, what is waited for, and where the time went. */
export function explainText(explanation: Explanation, nowMs: number, paint: Paint, width?: number): string {
  const { timePath } = explanation;
  const startMs =
    explanation.kind === "run"
      ? (explanation.startedAtMs ?? explanation.acceptedAtMs)
      : (timePath[0]?.fromMs ?? firstMs(explanation));
  const page = { startMs, nowMs, paint, width };
  const sections = [
    explanation.kind === "run"
      ? runHead(explanation, page)
      : explanation.kind === "agent"
        ? agentHead(explanation, page)
        : groupHead(explanation, page),
    because(explanation, page),
    waits(explanation, page),
    time(timePath, page),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function firstMs(explanation: AgentExplanation | GroupExplanation): number {
  const links = explanation.kind === "agent" ? explanation.links : explanation.needs;
  const times = links.flatMap((link) => momentOf(link)?.atMs ?? []);
  return Math.min(
    ...times,
    explanation.kind === "group" && explanation.at ? explanation.at.atMs : Number.MAX_SAFE_INTEGER,
  );
}

function runHead(run: RunExplanation, page: Page): string {
  const { runId, status, program, agents, startedAtMs, endedAtMs, stopped, stop } = run;
  const counts = Object.entries(agents).map(([state, count]) => `${count} ${state}`);
  const rows = [
    ["program", fitted(program.trim(), 100)],
    ["agents", counts.join(", ") || "none"],
    ...(startedAtMs === null ? [] : [["started", new Date(startedAtMs).toISOString()]]),
    ...(startedAtMs === null || endedAtMs === null ? [] : [["took", formatSpan(endedAtMs - startedAtMs)]]),
    ...(stop ? [["stopped", `${stopText(stop)} (${moment(stop.at, page)})`]] : []),
    ...(stopped && !stop ? [["refused", `${stopped.code}: ${fitted(stopped.message, MESSAGE)}`]] : []),
  ];
  return `${page.paint("bold", runId)}  ${status}\n${columns(rows, page)}`;
}

function agentHead(
  { path, agent, model, calibration, state, links, routed }: AgentExplanation,
  page: Page,
): string {
  const rows = links.map((link) => {
    const at = momentOf(link);
    return [at ? since(at.atMs, page) : "", at ? `#${at.seq}` : "", linkText(link, path)];
  });
  const table =
    rows.length === 0 ? "  nothing yet" : columns(rows, { indent: "  ", right: [0, 1], width: page.width });
  const route = routed ? `\n${routeText(agent, routed.performer, routed, "  ")}` : "";
  return `${page.paint("bold", path)}  ${agent}${model ? ` on ${model}` : ""}, ${STATES[state]}${route}${correctionText(calibration)}\n${table}`;
}

/** What earlier answers have taught about how sure an agent's own may be. */
function correctionText(calibration: AgentExplanation["calibration"]): string {
  return Object.entries(calibration ?? {})
    .map(([source, { bias, answers }]) => {
      const by = `${bias < 0 ? "-" : "+"}${Math.abs(bias).toFixed(2)}`;
      return `\n  its confidence, where it is ${source}, is corrected by ${by}: that is what ${answers} checked answers say`;
    })
    .join("");
}

function groupHead(group: GroupExplanation, page: Page): string {
  const { path, state, template, children, total, satisfied, threshold, needs, reason, at, deciding } = group;
  const counts = Object.entries(children).map(([name, count]) => `${count} ${name}`);
  const rate = total === 0 ? "" : `, ${Math.round((satisfied / total) * 100)}%`;
  const rows = [
    ...needs.map((need) => [
      "needs",
      `${linkText(need, path)}${need.at ? ` (${moment(need.at, page)})` : ""}`,
    ]),
    [
      "children",
      `${counts.join(", ") || "none"}; ${satisfied} of ${total} ended well${rate}, ${Math.round(threshold * 100)}% must`,
    ],
    ...(reason && at ? [["ended", `${reasonText(reason, path)} (${moment(at, page)})`]] : []),
    ...deciding
      .slice(0, NAMES)
      .map((one) => ["decided by", `${one.path}: ${one.status} (${moment(one.at, page)})`]),
    ...(deciding.length > NAMES ? [["", `and ${deciding.length - NAMES} more`]] : []),
  ];
  const kind = template === null ? group.group : `${group.group} of ${template}`;
  return `${page.paint("bold", path)}  ${kind}, ${STATES[state]}\n${columns(rows, { indent: "  ", width: page.width })}`;
}

/** The record by which a link stands where it does in the history. */
function momentOf(link: Link): At | null {
  return link.kind === "queued" || link.kind === "attempt" ? link.from : link.at;
}

function linkText(link: Link, path: string): string {
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

function reasonText(reason: Reason, path: string): string {
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
      return `${reason.satisfied} of ${counted(reason.total, "child").replace("childs", "children")} ended well, ${reason.needed} had to`;
  }
}

function stopText(stop: Stop): string {
  if (stop.kind === "request") return `cancelled: ${fitted(stop.reason, MESSAGE)}`;
  if (stop.kind === "deadline") return `the run took longer than its ${formatSpan(stop.timeoutMs)}`;
  return `after ${stop.type}${stop.path === null ? "" : ` of ${stop.path}`}`;
}

function because(explanation: Explanation, page: Page): string {
  const { causes, moreCauses } = explanation;
  const affected = explanation.kind === "run" ? explanation.affected : [];
  const isTold = (cause: Cause): boolean => cause.path === ("path" in explanation ? explanation.path : "");
  const lines = causes.flatMap((cause, place) => {
    if (isTold(cause)) return [];
    const skipped = affected[place] ?? 0;
    const after = skipped > 0 ? `; ${counted(skipped, "agent")} could not start because of it` : "";
    const way = cause.via.slice(1, -1);
    const by = explanation.kind === "run" || way.length === 0 ? "" : `\n    by way of ${way.join(" > ")}`;
    return [
      `  ${cause.path} ${cause.status}: ${reasonText(cause.reason, cause.path)} (${moment(cause.at, page)})${after}${by}`,
    ];
  });
  if (lines.length === 0) return "";
  const more = moreCauses > 0 ? [`  and ${moreCauses} more`] : [];
  return [page.paint("bold", "Because"), ...lines, ...more].join("\n");
}

function waits({ waitsOn, moreWaitsOn }: Explanation, page: Page): string {
  if (waitsOn.length === 0) return "";
  const rows = waitsOn.map((one: Pending) => {
    const left = one.untilMs === null ? "" : `, ${formatSpan(Math.max(0, one.untilMs - page.nowMs))} more`;
    const question = one.question === null ? "" : `: ${fitted(one.question, 100)}`;
    const lasts = formatSpan(Math.max(0, page.nowMs - one.sinceMs));
    return [one.path, `${STATES[one.state]}, for ${lasts}${left}${question}`];
  });
  const more = moreWaitsOn > 0 ? `\n  and ${moreWaitsOn} more` : "";
  return `${page.paint("bold", "Waits for")}\n${columns(rows, { indent: "  ", width: page.width })}${more}`;
}

/** The chain of stretches that the end waited for. */
function time(timePath: readonly Stretch[], page: Page): string {
  if (timePath.length === 0) return "";
  const hidden = Math.max(0, timePath.length - STRETCHES);
  const rows = timePath.slice(hidden).map(({ path, kind, attempt, via, fromMs, toMs }) => {
    const what = kind === "work" ? (attempt > 1 ? `attempt ${attempt}` : "work") : KINDS[kind];
    const took = toMs === null ? "so far" : formatSpan(toMs - fromMs);
    return [since(fromMs, page), took, path ?? "the run", what, kind === "outside" ? "" : VIA[via]];
  });
  const earlier =
    hidden > 0 ? `  ${counted(hidden, "stretch").replace("stretchs", "stretches")} before\n` : "";
  const head = page.paint("bold", "Where the time went");
  return `${head} (each began when the one above ended)\n${earlier}${columns(rows, { indent: "  ", right: [0, 1], width: page.width })}`;
}

const KINDS: Readonly<Record<Exclude<Stretch["kind"], "work">, string>> = {
  backoff: "wait before the next attempt",
  person: "a person's decision",
  stopping: "coming to rest",
  outside: "until it was stopped",
};

function moment({ atMs, seq }: At, page: Page): string {
  return `${since(atMs, page)}, #${seq}`;
}

function since(atMs: number, { startMs }: Page): string {
  return `+${formatSpan(Math.max(0, atMs - startMs))}`;
}

function named(paths: readonly string[]): string {
  const more = paths.length - NAMES;
  return `${paths.slice(0, NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
