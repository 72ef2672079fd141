import { parseProgram } from "../dsl/parse-program.ts";
import type { BatchOrigin } from "../engine/engine.ts";
import type { RunStatus } from "../machines/orchestrator.ts";
import type { Plan } from "../plan/plan.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { isJsonObject } from "../shared/json.ts";
import { wrongInput } from "./check-options.ts";
import type { RunResult } from "./run-result.ts";

/** Commands joined into one program: one plan, one set of limits, one answer. */
export type Batch = Omit<BatchOrigin, "source"> & { readonly text: string };

/** How one command of a batch ended; `succeeded` and `failed` count its agents. */
export type BatchItem = {
  readonly command: string;
  readonly status: RunStatus;
  /** Paths of the command's nodes at the top of the plan. */
  readonly paths: readonly string[];
  readonly output: string;
  readonly succeeded: number;
  readonly failed: number;
  /** Why it is not `succeeded`, the causes before what followed from them. */
  readonly reasons: RunResult["reasons"];
};

/** How a batch ended: the one run of it, and its commands in their order; `summary` counts commands. */
export type BatchResult = {
  readonly status: RunStatus;
  readonly items: readonly BatchItem[];
  readonly summary: {
    readonly total: number;
    readonly succeeded: number;
    readonly partial: number;
    readonly failed: number;
  };
  readonly run: RunResult;
};

/** Joins commands; every one that cannot be read is reported, with its place in the batch. Throws AbyssalError DSL_*, OPTION_INVALID. */
export function batchProgram(commands: readonly string[], source = "<batch>"): Batch {
  checkTexts(commands);
  const faults: Diagnostic[] = [];
  const statements: number[] = [];
  commands.forEach((command, index) => {
    const { program, diagnostics } = parseProgram(command, `${source}[${index}]`);
    faults.push(...diagnostics.filter(({ severity }) => severity === "error"));
    // A bare reference adds no node of its own.
    statements.push(program.statements.filter(({ body }) => body.kind !== "reference").length);
  });
  if (faults.length > 0) throw new AbyssalError(faults);
  return {
    text: commands.map((command) => command.trim().replace(/;$/, "")).join(";\n"),
    commands,
    statements,
  };
}

/** A batch of commands as they are; one that was joined before stays as it is. Throws as `batchProgram` does. */
export function joined(commands: readonly string[] | Batch, source?: string): Batch {
  return isJsonObject(commands) ? (commands as Batch) : batchProgram(commands as readonly string[], source);
}

function checkTexts(commands: readonly unknown[]): void {
  if (!Array.isArray(commands))
    throw new AbyssalError([wrongInput("commands", "a list of texts, one for each command", commands)]);
  const faults = commands.flatMap((command, index) =>
    typeof command === "string" ? [] : [wrongInput(`commands.${index}`, "the text of a command", command)],
  );
  if (faults.length > 0) throw new AbyssalError(faults);
}

/** How each command of a batch ended, from the results below its nodes. */
export function batchResult(batch: BatchOrigin, plan: Plan, run: RunResult): BatchResult {
  let next = 0;
  const items = batch.commands.map((command, index) => {
    const paths = plan.roots.slice(next, next + batch.statements[index]!);
    next += batch.statements[index]!;
    return itemOf(command, paths, run);
  });
  const count = (status: RunStatus): number => items.filter((item) => item.status === status).length;
  const summary = {
    total: items.length,
    succeeded: count("succeeded"),
    partial: count("partial"),
    failed: count("failed") + count("cancelled"),
  };
  return { status: run.status, items, summary, run };
}

function itemOf(command: string, paths: readonly string[], run: RunResult): BatchItem {
  const isBelow = (path: string): boolean =>
    paths.some((root) => path === root || path.startsWith(`${root}/`));
  const results = run.results.filter(({ path }) => isBelow(path));
  const broken = results.filter(
    ({ status, failure }) =>
      status === "failed" || status === "cancelled" || (status === "skipped" && failure),
  );
  const good = results.filter(({ status }) => status === "succeeded" || status === "degraded");
  const status =
    broken.length === 0 && run.status !== "cancelled" ? "succeeded" : good.length > 0 ? "partial" : "failed";
  const output = run.parts
    .filter((part) => isBelow(part.path))
    .map((part) => part.output)
    .join("\n\n");
  const own = run.reasons.filter(({ path }) => path === null || isBelow(path));
  const reasons =
    status === "succeeded" ? [] : [...own.filter(isCause), ...own.filter((one) => !isCause(one))];
  return { command, status, paths, output, succeeded: good.length, failed: broken.length, reasons };
}

/** Whether a reason is none that follows from another one. */
export function isCause({ code }: { readonly code: string }): boolean {
  return !CONSEQUENCES.includes(code);
}

/** What was stopped, or could not start, because of something that is told already. */
export const CONSEQUENCES: readonly string[] = ["CANCELLED", "NEEDS_FAILED"];
