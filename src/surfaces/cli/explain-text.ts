import type {
  AgentExplanation,
  At,
  Cause,
  Explanation,
  GroupExplanation,
  Link,
  NodeState,
  Pending,
  RunExplanation,
  Stretch,
} from "../../engine/explain/explanation.ts";
import { formatSpan } from "../../shared/quantity.ts";
import { linkText, MESSAGE, reasonText, stopText } from "./explain-phrases.ts";
import { routeText } from "./route-text.ts";
import { columns, counted, fitted, type Paint } from "./style.ts";

/** Groups' deciding children listed, and stretches in one table; the rest is counted. */
const DECIDING = 4;
const STRETCHES = 40;

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

const KINDS: Readonly<Record<Exclude<Stretch["kind"], "work">, string>> = {
  backoff: "wait before the next attempt",
  person: "a person's decision",
  stopping: "coming to rest",
  outside: "until it was stopped",
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
    ...(stopped && !stop ? [["because", `${stopped.code}: ${fitted(stopped.message, MESSAGE)}`]] : []),
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
      .slice(0, DECIDING)
      .map((one) => ["decided by", `${one.path}: ${one.status} (${moment(one.at, page)})`]),
    ...(deciding.length > DECIDING ? [["", `and ${deciding.length - DECIDING} more`]] : []),
  ];
  const kind = template === null ? group.group : `${group.group} of ${template}`;
  return `${page.paint("bold", path)}  ${kind}, ${STATES[state]}\n${columns(rows, { indent: "  ", width: page.width })}`;
}

/** The record by which a link stands where it does in the history. */
function momentOf(link: Link): At | null {
  return link.kind === "queued" || link.kind === "attempt" ? link.from : link.at;
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
  const earlier = hidden > 0 ? `  ${counted(hidden, "stretch", "stretches")} before\n` : "";
  const head = page.paint("bold", "Where the time went");
  return `${head} (each began when the one above ended)\n${earlier}${columns(rows, { indent: "  ", right: [0, 1], width: page.width })}`;
}

function moment({ atMs, seq }: At, page: Page): string {
  return `${since(atMs, page)}, #${seq}`;
}

function since(atMs: number, { startMs }: Page): string {
  return `+${formatSpan(Math.max(0, atMs - startMs))}`;
}
