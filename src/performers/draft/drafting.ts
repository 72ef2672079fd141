import type { StepView, Task } from "../../actors/ports.ts";
import type { Artifact, Claim } from "../../plan/outcome.ts";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import type { Domain } from "./domains/domain.ts";
import { recogniseDomain } from "./domains/recognise.ts";
import { inline, titleOf } from "./markdown.ts";

/** What a drafter makes; the label, the title and the confidence are added by the performer. */
export type Draft = {
  readonly title: string;
  /** Markdown without a title. */
  readonly body: string;
  readonly data: JsonObject;
  readonly artifacts?: readonly Artifact[];
  readonly claims?: readonly Claim[];
};

export type Drafter = (task: Task) => Draft;

/** The drafters of one template by step; `*` stands for a task without a known step. */
export type Drafters = Readonly<Record<string, Drafter>>;

const SUBJECTS = ["topic", "component", "target", "role", "subject", "goal", "name", "title", "question"];

/** What a task is about, on one line: its first telling parameter; of a whole document its title. */
export function subjectOf(task: Task): string {
  for (const name of [...SUBJECTS, ...Object.keys(task.parameters)]) {
    const value = ownValue(task.parameters, name);
    if (typeof value === "string" && value.trim() !== "") return titleOf(value);
  }
  return inline(task.step ?? task.agent);
}

/** The same without any escaping, for names and claims; at most 200 characters. */
export function rawSubject(task: Task): string {
  for (const name of [...SUBJECTS, ...Object.keys(task.parameters)]) {
    const value = ownValue(task.parameters, name);
    if (typeof value === "string" && value.trim() !== "") return value.trim().slice(0, 200);
  }
  return task.step ?? task.agent;
}

function ownValue(record: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A parameter, or else a member of the context. */
export function valueNamed(task: Task, name: string): Json | undefined {
  return ownValue(task.parameters, name) ?? ownValue(task.context, name);
}

/** A text parameter or member of the context; absent when empty or no text. */
export function textOf(task: Task, name: string): string | undefined {
  const value = valueNamed(task, name);
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** A number; `fallback` when absent or no number. */
export function numberOf(task: Task, name: string, fallback: number): number {
  const value = valueNamed(task, name);
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : fallback;
}

/** A list as texts of one line each; a single text counts as a list of one; at most 50. */
export function listOf(task: Task, name: string): readonly string[] {
  const value = valueNamed(task, name);
  const items = Array.isArray(value)
    ? value
    : value === undefined || value === null || value === ""
      ? []
      : [value];
  return items
    .filter((item) => item !== null)
    .slice(0, 50)
    .map((item) => (typeof item === "string" ? titleOf(item) : inline(describe(item))))
    .filter((text) => text !== "");
}

/** A JSON value in a few words. */
export function describe(value: Json): string {
  if (Array.isArray(value)) return value.map(describe).join(", ");
  if (isJsonObject(value)) {
    const named = ["title", "name", "action", "risk", "id"]
      .map((key) => ownValue(value, key))
      .find((v) => typeof v === "string");
    if (typeof named === "string") return named;
    return Object.entries(value)
      .map(([key, inner]) => `${key} ${describe(inner)}`)
      .join(", ");
  }
  return value === null ? "none" : String(value);
}

/** One result that stands before this task. */
export type Upstream = { readonly name: string; readonly title: string; readonly view: StepView };

/** Everything that stands before a task: the steps it sees, then the results of the unit before in a chain. */
export function upstreamOf(task: Task): readonly Upstream[] {
  const steps = Object.entries(task.steps)
    .filter(([, view]) => view.output !== "")
    .map(([name, view]) => ({ name, title: titleOf(view.output), view }));
  return [...steps, ...previousOf(task)];
}

/** The results of the unit before in a chain. */
export function previousOf(task: Task): readonly Upstream[] {
  if (!task.previous) return [];
  const results = task.previous.results.filter((result) => result.output !== "");
  if (results.length === 0 && task.previous.output === "") return [];
  return results.length > 0
    ? results.map((view) => ({ name: view.path, title: titleOf(view.output), view }))
    : [{ name: "previous", title: titleOf(task.previous.output), view: task.previous }];
}

/** The data of an earlier step as an object; empty when there is none. */
export function stepData(task: Task, step: string): JsonObject {
  const view = Object.hasOwn(task.steps, step) ? task.steps[step] : undefined;
  return isJsonObject(view?.data) ? view.data : {};
}

/** The first value of a name in the data of anything upstream. */
export function upstreamValue(task: Task, name: string): Json | undefined {
  for (const { view } of upstreamOf(task)) {
    if (isJsonObject(view.data) && Object.hasOwn(view.data, name)) return view.data[name];
  }
  return undefined;
}

/** The template's name without its version. */
export function templateName(task: Task): string {
  return task.template?.split("@")[0] ?? "";
}

/** What the context asks for, one line for each member. */
export function contextLines(task: Task): readonly { readonly name: string; readonly text: string }[] {
  return Object.entries(task.context)
    .filter(([name, value]) => name !== "code" && value !== null && value !== "")
    .slice(0, 30)
    .map(([name, value]) => ({
      name: inline(name),
      text: typeof value === "string" ? titleOf(value) : inline(describe(value), 200),
    }));
}

/**
 * The domain that a task speaks of: by its subject, else by the titles of what was handed over, so that a roadmap "hardening" for the
 * findings on a payment gateway is about payments.
 */
export function domainOf(task: Task): Domain {
  const own = recogniseDomain(rawSubject(task));
  if (own.id !== "generic") return own;
  const findings = ownValue(task.context, "findings") ?? ownValue(task.parameters, "findings");
  const titles = [
    ...(typeof findings === "string" ? [titleOf(findings)] : []),
    ...previousOf(task).map((result) => result.title),
  ];
  return titles.map(recogniseDomain).find((domain) => domain.id !== "generic") ?? own;
}
