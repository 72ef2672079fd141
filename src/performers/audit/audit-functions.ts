import type { PerformContext, Task } from "../../actors/ports.ts";
import type { Outcome } from "../../plan/outcome.ts";
import type { AgentFunction } from "../function.ts";
import { auditDependencies } from "./dependencies.ts";
import { auditDocumentation } from "./documentation.ts";
import { auditPatterns } from "./patterns.ts";
import { auditRefactoring } from "./refactoring.ts";
import { auditReport } from "./report.ts";
import { auditRoot } from "./repository.ts";
import { scanProject } from "./scan.ts";
import { readStreamReport, type StreamReport, streamOutcome } from "./stream-report.ts";
import { readTargets, type Targets } from "./targets.ts";
import { auditTests } from "./tests.ts";

export type AuditOptions = {
  /** What a relative `root` is relative to. */
  readonly workingFolder: string;
  /** The environment that tests and npm inherit, secrets taken out for tests; this process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
};

type Work = (root: string, targets: Targets, task: Task, context: PerformContext) => Promise<StreamReport>;

/**
 * The functions of the template AUDIT, `audit.scan` to `audit.report`; they read the parameters `root`, `tests`
 * and `targets` of their command and write nothing into the root.
 */
export function createAuditFunctions(options: AuditOptions): Readonly<Record<string, AgentFunction>> {
  const env = options.env ?? process.env;
  const stream =
    (work: Work): AgentFunction =>
    (task, context) =>
      within(task, context, options, async (root, targets) =>
        streamOutcome(await work(root, targets, task, context)),
      );
  return {
    "audit.scan": (task, context) =>
      within(task, context, options, (root) => scanProject(root, context.signal)),
    "audit.tests": stream((root, targets, task, context) => {
      const enabled = task.parameters.tests !== false;
      return auditTests(root, targets, { enabled, timeoutMs: task.timeoutMs, env }, context);
    }),
    "audit.patterns": stream((root, targets, _task, { signal }) => auditPatterns(root, targets, signal)),
    "audit.documentation": stream((root, targets, _task, { signal }) =>
      auditDocumentation(root, targets, signal),
    ),
    "audit.dependencies": stream((root, targets, _task, { signal }) =>
      auditDependencies(root, targets, env, signal),
    ),
    "audit.refactoring": stream((root, targets, task, { signal }) => {
      const tests = readStreamReport(task.steps.tests?.data ?? null);
      return auditRefactoring(root, targets, tests?.status ?? null, signal);
    }),
    "audit.report": (task, context) =>
      within(task, context, options, async (_root, targets) => auditReport(task, targets)),
  };
}

/** Reads root and targets; whatever is wrong with them is an expected failure, as is being cancelled. */
async function within(
  task: Task,
  context: PerformContext,
  options: AuditOptions,
  work: (root: string, targets: Targets) => Promise<Outcome>,
): Promise<Outcome> {
  const root = await auditRoot(task.parameters.root, options.workingFolder);
  if (!root.ok) return refused("AUDIT_ROOT", root.error, "name the folder of the project to audit");
  const targets = readTargets(task.parameters.targets);
  if (!targets.ok) return refused("AUDIT_TARGETS", targets.error, "see docs/reference/audit.md");
  try {
    return await work(root.value, targets.value);
  } catch (error) {
    if (!context.signal.aborted) throw error;
    return refused("AUDIT_CANCELLED", "the audit was cancelled", "run it again");
  }
}

function refused(code: string, message: string, hint: string): Outcome {
  return { kind: "failed", failure: { code, message, retryable: false, hint } };
}
