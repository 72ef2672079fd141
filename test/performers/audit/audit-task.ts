import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { StepView } from "../../../src/actors/ports.ts";
import { createAuditFunctions } from "../../../src/performers/audit/audit-functions.ts";
import { createFunctionPerformer } from "../../../src/performers/function.ts";
import type { Outcome } from "../../../src/plan/outcome.ts";
import type { Json, JsonObject } from "../../../src/shared/json.ts";
import { NO_BOARD } from "../../support/no-board.ts";
import { taskFor } from "../../support/task-for.ts";

/** The environment of the tests without what an audit around this suite may have set. */
export function plainEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env.ABYSSAL_AUDIT_DEPTH;
  delete env.ABYSSAL_AUDIT_ROOTS;
  return { ...env, ...more };
}

/** A new folder with these files; the caller removes it. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "abyssal-project-")));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** Every path, kind and content below a folder, as one hash. */
export function treeHash(root: string): string {
  const hash = createHash("sha256");
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, entry.name);
      hash.update(`${path}\0`);
      if (entry.isDirectory()) visit(path);
      else hash.update(entry.isSymbolicLink() ? readlinkSync(path) : readFileSync(path));
    }
  };
  visit(root);
  return hash.digest("hex");
}

export type AuditCall = {
  readonly parameters: JsonObject;
  readonly env?: NodeJS.ProcessEnv;
  readonly steps?: Readonly<Record<string, StepView>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly onProgress?: (message: string) => void;
};

/** Calls one audit function as a step of the template does. */
export function audit(step: string, call: AuditCall): Promise<Outcome> {
  const functions = createAuditFunctions({ workingFolder: tmpdir(), env: call.env ?? plainEnvironment() });
  const task = taskFor({
    path: `audit/${step}`,
    template: "AUDIT@1.0.0",
    step,
    performer: "function",
    options: { name: `audit.${step}` },
    parameters: call.parameters,
    steps: call.steps ?? {},
    runStartedAtMs: Date.UTC(2026, 10, 21),
    timeoutMs: call.timeoutMs ?? 120_000,
  });
  return createFunctionPerformer(functions).perform(task, {
    signal: call.signal ?? new AbortController().signal,
    idempotencyKey: task.idempotencyKey,
    board: NO_BOARD,
    emit: (signal) => {
      if (signal.type === "progress") call.onProgress?.(signal.message);
    },
  });
}

/** The data of a completed step, loosely read by tests. */
export function report(outcome: Outcome): {
  status: string;
  reason: string;
  figures: Record<string, number | string | null>;
  byRule: Record<string, number>;
  findings: { rule: string; severity: string; place: string; message: string }[];
} {
  if (outcome.kind !== "completed") throw new Error(JSON.stringify(outcome));
  return outcome.data as ReturnType<typeof report>;
}

export function viewOf(outcome: Outcome): StepView {
  if (outcome.kind !== "completed") throw new Error(JSON.stringify(outcome));
  return {
    output: outcome.output,
    data: (outcome.data ?? null) as Json,
    artifacts: outcome.artifacts ?? [],
    status: "succeeded",
  };
}
