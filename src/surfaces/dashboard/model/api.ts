import type { z } from "zod";
import type { Question } from "../../../actors/question.ts";
import type { Plan } from "../../../plan/plan.ts";
import type { Json } from "../../../shared/json.ts";
import type { AlertNotice } from "../../alerts/alert.ts";
import type { MachineLayout } from "../../diagram/machine-layout.ts";
import type { OverviewAnswer } from "../../http/answers/observe-answers.ts";
import type { TemplatesAnswer } from "../../http/answers/template-answers.ts";
import type { RunStanding } from "../../http/run-desk.ts";
import type { StreamPorts } from "./event-stream.ts";

/** A refusal of the server's (RFC 9457), or of the network's. */
export class ApiError extends Error {
  readonly code: string;
  readonly details: readonly string[];

  constructor(code: string, message: string, details: readonly string[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** A run as lists tell it. */
export type RunLine = Omit<RunStanding, "planHash">;

export type TemplateLine = z.output<typeof TemplatesAnswer>["templates"][number];

/** Something that is the matter, by the rules of the configuration. */
export type Alert = Pick<AlertNotice, "id" | "rule" | "subject" | "text" | "sinceMs">;

export type Overview = z.output<typeof OverviewAnswer>;

const TOKEN = "abyssal.token";

/** The bearer's token, for this tab alone. */
export function setToken(token: string): void {
  if (token === "") sessionStorage.removeItem(TOKEN);
  else sessionStorage.setItem(TOKEN, token);
}

function headers(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  return { ...more, ...(token ? { authorization: `Bearer ${token}` } : {}) };
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, {
    ...init,
    headers: headers(init.headers as Record<string, string>),
  }).catch(() => {
    throw new ApiError("SERVER_GONE", "the server cannot be reached");
  });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as T;
}

type Problem = {
  readonly code?: string;
  readonly detail?: string;
  readonly title?: string;
  readonly diagnostics?: readonly {
    readonly place?: string;
    readonly message: string;
    readonly expected?: string;
    readonly got?: string;
    readonly hint?: string;
  }[];
};

async function refusalOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const details = (problem.diagnostics ?? []).map(({ place, message, expected, got, hint }) =>
    [
      place ? `${place}: ${message}` : message,
      ...(expected ? [`expected ${expected}${got ? `, got ${got}` : ""}`] : []),
      ...(hint ? [hint] : []),
    ].join("; "),
  );
  const message = problem.detail ?? problem.title ?? `the server answered ${response.status}`;
  return new ApiError(problem.code ?? "INTERNAL", message, details);
}

function post<T>(path: string, body: object): Promise<T> {
  const json = { "content-type": "application/json" };
  return ask(path, { method: "POST", headers: json, body: JSON.stringify(body) });
}

const run = (runId: string): string => `runs/${encodeURIComponent(runId)}`;

/** The server's API (docs/reference/http.md), as far as the page needs it. */
export const api = {
  runs: (before?: string) =>
    ask<{ readonly runs: readonly RunLine[]; readonly next: string | null }>(
      `runs?limit=50${before ? `&before=${encodeURIComponent(before)}` : ""}`,
    ),
  overview: () => ask<Overview>("overview"),
  machines: () => ask<{ readonly machines: readonly MachineLayout[] }>("machines"),
  templates: () => ask<z.output<typeof TemplatesAnswer>>("templates"),
  plan: (command: string) => ask<{ readonly plan: Plan }>(`plan?command=${encodeURIComponent(command)}`),
  execute: (command: string) => post<{ readonly runId: string }>("execute", { command }),
  start: (template: string, parameters: Readonly<Record<string, Json>>) =>
    post<{ readonly runId: string }>("execute", { template, parameters }),
  cancel: (runId: string) => post(`${run(runId)}/cancel`, { reason: "cancelled on the dashboard" }),
  resume: (runId: string) => post(`${run(runId)}/resume`, {}),
  decide: (runId: string, { path, askedBy = 0 }: Question, approved: boolean, answer?: string) =>
    post(`${run(runId)}/approve`, { path, askedBy, approved, ...(answer === undefined ? {} : { answer }) }),
};

/** Opens the events of a run after the one with `lastId`. */
export function openEvents(runId: string): StreamPorts["open"] {
  return openStream(`${run(runId)}/events`);
}

/** Opens the list of runs as it changes; whoever comes again is told all of it. */
export function openHistory(): StreamPorts["open"] {
  return openStream("runs/events");
}

function openStream(path: string): StreamPorts["open"] {
  return async (lastId, signal) => {
    const response = await fetch(path, {
      headers: headers(lastId === null ? {} : { "last-event-id": lastId }),
      signal,
    });
    if (response.ok && response.body) return response.body;
    const refusal = await refusalOf(response);
    // Too many readers, or a server that is going or coming: that passes.
    if (response.status === 429 || response.status >= 500) throw refusal;
    return { refused: `${refusal.code}: ${refusal.message}` };
  };
}
