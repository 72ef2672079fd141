import type { Performer, Task } from "../actors/ports.ts";
import { NO_USAGE, type Outcome } from "../plan/outcome.ts";
import { agentDrafters } from "./draft/agent.ts";
import { architectureDrafters } from "./draft/architecture.ts";
import { chainDrafters } from "./draft/chain.ts";
import { codeDrafters } from "./draft/code.ts";
import { draftConfidence } from "./draft/confidence.ts";
import { dataForSchema } from "./draft/data-for-schema.ts";
import { deployDrafters } from "./draft/deploy.ts";
import { documentDrafters } from "./draft/document.ts";
import { type Draft, type Drafters, templateName } from "./draft/drafting.ts";
import { genericDraft } from "./draft/generic.ts";
import { judge } from "./draft/judge.ts";
import { optimizeDrafters } from "./draft/optimize.ts";
import { researchDrafters } from "./draft/research.ts";
import { roadmapDrafters } from "./draft/roadmap.ts";
import { testDrafters } from "./draft/test-suite.ts";

/** The line that every draft carries. */
export const DRAFT_LABEL = "> Draft made by rules, without a model.";

const DRAFTERS: Readonly<Record<string, Drafters>> = {
  ROADMAP: roadmapDrafters,
  CODE: codeDrafters,
  AGENT: agentDrafters,
  TEST: testDrafters,
  ARCHITECTURE: architectureDrafters,
  RESEARCH: researchDrafters,
  OPTIMIZE: optimizeDrafters,
  DEPLOY: deployDrafters,
  DOCUMENT: documentDrafters,
  CHAIN: chainDrafters,
};

/**
 * The performer that needs no model: a pure function of the task. Never fails; asks nothing of the network, the clock or chance.
 */
export function createDraftPerformer(): Performer {
  return {
    name: "draft",
    resources: () => [],
    perform: (task) => Promise.resolve(draftOutcome(task)),
  };
}

/** The outcome of a task by rules: the same task gives the same outcome. */
export function draftOutcome(task: Task): Extract<Outcome, { kind: "completed" }> {
  const drafters = DRAFTERS[templateName(task)];
  const drafter =
    task.judges !== undefined
      ? judge
      : drafters && task.step !== null && Object.hasOwn(drafters, task.step)
        ? drafters[task.step]
        : undefined;
  const draft: Draft = (drafter ?? genericDraft)(task);
  return {
    kind: "completed",
    output: `# ${draft.title}\n\n${DRAFT_LABEL}\n\n${draft.body}\n`,
    data: task.outputSchema ? dataForSchema(task.outputSchema, draft.data) : draft.data,
    ...(draft.artifacts ? { artifacts: draft.artifacts } : {}),
    ...(draft.claims ? { claims: draft.claims } : {}),
    confidence: draftConfidence(task, drafter !== undefined),
    usage: NO_USAGE,
  };
}
