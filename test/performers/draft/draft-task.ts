import type { StepView, Task } from "../../../src/actors/ports.ts";
import type { Json, JsonObject } from "../../../src/shared/json.ts";
import { taskFor } from "../../support/task-for.ts";

/** 2026-11-21, a Saturday, so that plans begin on Monday 2026-11-23. */
export const SATURDAY_MS = Date.UTC(2026, 10, 21, 9, 30);

/** A task for one step of a shipped template; `rest` overrides any member. */
export function draftTask(
  template: string,
  step: string,
  parameters: JsonObject,
  rest: Partial<Task> = {},
): Task {
  return taskFor({
    path: `${template.toLowerCase()}/${step}`,
    template: `${template}@1.0.0`,
    step,
    agent: "analyst",
    performer: "draft",
    parameters,
    runStartedAtMs: SATURDAY_MS,
    ...rest,
  });
}

/** What a later step sees of a result. */
export function viewOf(output: string, data: Json = null): StepView {
  return { output, data, artifacts: [], status: "succeeded" };
}

/** Every step of every shipped template that drafts, with its first parameter. */
export const SHIPPED: Readonly<Record<string, { readonly main: string; readonly steps: readonly string[] }>> =
  {
    ROADMAP: { main: "topic", steps: ["scope", "phases", "roadmap"] },
    CODE: { main: "component", steps: ["design", "generate", "review"] },
    AGENT: { main: "role", steps: ["charter", "playbook", "protocol", "work"] },
    TEST: { main: "target", steps: ["plan", "suite"] },
    ARCHITECTURE: { main: "topic", steps: ["structure", "decisions", "risks"] },
    RESEARCH: { main: "topic", steps: ["questions", "findings", "synthesis"] },
    OPTIMIZE: { main: "target", steps: ["baseline", "hypotheses", "experiments"] },
    DEPLOY: { main: "target", steps: ["manifests", "checks", "rollout"] },
    DOCUMENT: { main: "target", steps: ["outline", "text"] },
    CHAIN: {
      main: "topic",
      steps: [
        "analyse",
        "security",
        "performance",
        "reliability",
        "scalability",
        "actions",
        "plan",
        "projection",
      ],
    },
  };
