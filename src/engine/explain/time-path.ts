import type { Fact } from "../../actors/ports.ts";
import { readTimerId } from "../../actors/timer.ts";
import type { Stretch } from "./explanation.ts";
import type { RunHistory, SeenAgent } from "./run-history.ts";

type Kind = Stretch["kind"];

const BEGINNINGS: Readonly<Partial<Record<string, Kind>>> = {
  "agent.running": "work",
  "agent.backingOff": "backoff",
  "agent.awaitingApproval": "person",
  "agent.stopping": "stopping",
};

/** What a timer's firing ends. */
const PURPOSES: Readonly<Partial<Record<string, Kind>>> = {
  timeout: "work",
  backoff: "backoff",
  approval: "person",
  grace: "stopping",
};

/** What a record tells about: the agent whose time it ended, and what that time was. */
type Subject = { readonly path: string; readonly kind: Kind; readonly attempt: number };

/**
 * The stretches of time from the start of the run to the record `seq`: each one began when the one before it ended, by the
 * very record that ended it, so that together they are as long as the run was until then.
 */
export function timePathTo(history: RunHistory, seq: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (let at = seq; at > 1; ) {
    const subject = subjectOf(history.fact(at));
    const began = subject && beginningBefore(history, subject, at);
    if (!subject || !began || began.seq >= at) {
      stretches.push(stretch("outside", null, 0, "start", history.at(1).atMs, history.at(at).atMs));
      break;
    }
    const { kind, path } = subject;
    const from = history.at(began.seq).atMs;
    stretches.push(stretch(kind, path, attemptOf(began), viaOf(history, began), from, history.at(at).atMs));
    at = began.seq;
  }
  return stretches.reverse();
}

/** The stretches that led to what an agent is doing now, which is the last of them; none when it does nothing. */
export function timePathNow(history: RunHistory, path: string): readonly Stretch[] {
  const last = history.of(path).at(-1);
  const kind = last && BEGINNINGS[last.event.type];
  if (!last || !kind) return [];
  const from = history.at(last.seq).atMs;
  const now = stretch(kind, path, attemptOf(last), viaOf(history, last), from, null);
  return [...timePathTo(history, last.seq), now];
}

/** The agent whose time a record ended, and what it was doing; undefined for what came from outside. */
function subjectOf(fact: Fact | undefined): Subject | undefined {
  switch (fact?.type) {
    case "agent.completed":
    case "agent.failed":
    case "agent.asked":
    case "agent.stopped":
      return {
        path: fact.path,
        kind: fact.type === "agent.stopped" ? "stopping" : "work",
        attempt: fact.attempt,
      };
    case "approval.decided":
      return { path: fact.path, kind: "person", attempt: 0 };
    case "timer.fired": {
      const timer = readTimerId(fact.id);
      if (timer.purpose === "deadline") return undefined;
      const { path, attempt } = timer;
      const kind = PURPOSES[timer.purpose];
      return kind && { path, attempt, kind };
    }
    default:
      return undefined;
  }
}

function beginningBefore(
  history: RunHistory,
  { path, kind, attempt }: Subject,
  seq: number,
): SeenAgent | undefined {
  return history
    .of(path)
    .findLast(
      (seen) =>
        seen.seq < seq &&
        BEGINNINGS[seen.event.type] === kind &&
        (kind === "person" || attemptOf(seen) === attempt),
    );
}

/** Why a stretch began at its record. */
function viaOf(history: RunHistory, began: SeenAgent): Stretch["via"] {
  const { seq, event } = began;
  if (seq <= 1) return "start";
  const subject = subjectOf(history.fact(seq));
  if (event.type === "agent.stopping") return "crash";
  if (isRestarted(history, began)) return "restart";
  if (subject?.path === event.path) {
    if (subject.kind === "person") return "decision";
    // An alternative begins by the very failure that called for it.
    return subject.kind === "work" ? "failure" : "retry";
  }
  const before = history
    .of(event.path)
    .findLast((seen) => seen.event.type === "agent.ready" && seen.seq <= seq);
  return event.type === "agent.running" && before && before.seq < seq ? "slot" : "need";
}

/** Whether its supervisor had it start again at the very record of its beginning. */
function isRestarted(history: RunHistory, { event, seq }: SeenAgent): boolean {
  const own = history.of(event.path);
  const ready = own.findLastIndex((seen) => seen.event.type === "agent.ready" && seen.seq === seq);
  return event.type === "agent.running" && own[ready - 1]?.event.type === "agent.held";
}

function attemptOf({ event }: SeenAgent): number {
  return "attempt" in event ? event.attempt : 0;
}

function stretch(
  kind: Kind,
  path: string | null,
  attempt: number,
  via: Stretch["via"],
  fromMs: number,
  toMs: number | null,
): Stretch {
  return { path, kind, attempt, via, fromMs, toMs };
}
