export type { BoardEntry, BoardReceipt, BoardWrite, MergeFunction } from "./actors/blackboard.ts";
export type {
  BoardAccess,
  CallAccess,
  Dependence,
  GuardAccess,
  PassedGuards,
  PerformContext,
  Performer,
  PreviousView,
  Reservation,
  Resumed,
  Signal,
  StepView,
  Task,
  TaskInput,
  TaskTools,
} from "./actors/ports.ts";
export type { Question } from "./actors/question.ts";
export type { RunEvent } from "./actors/run-events.ts";
export type { Answer, AnswerPart, Conflict, Quality } from "./actors/synthesis/answer.ts";
export { formatProgram } from "./dsl/format-program.ts";
export { type ParsedProgram, parseProgram } from "./dsl/parse-program.ts";
export type { AgentSignal, BatchOrigin, RunOrigin } from "./engine/engine.ts";
export type {
  AgentExplanation,
  Cause,
  Explanation,
  GroupExplanation,
  Link,
  Reason,
  RunExplanation,
  Stretch,
} from "./engine/explain/explanation.ts";
export type { ResilienceEvent } from "./engine/resilience/events.ts";
export type { ResourceStatus } from "./engine/resilience/guard.ts";
export type { CacheStats, TemplateHits } from "./engine/result-cache.ts";
export type { RunStatus } from "./machines/orchestrator.ts";
export type { PlanBudget } from "./plan/budget.ts";
export type { Compiled } from "./plan/compile-plan.ts";
export type {
  AgentResult,
  Artifact,
  AskedOutcome,
  Charge,
  Claim,
  CompletedOutcome,
  Confidence,
  FailedOutcome,
  Failure,
  NodeStatus,
  Outcome,
  Usage,
} from "./plan/outcome.ts";
export type { AgentNode, Bounds, Capacity, GroupNode, Plan, PlanNode, Schedule } from "./plan/plan.ts";
export type { Policy } from "./plan/policy.ts";
export type { Experience } from "./plan/routing/experience.ts";
export type { RouteCandidate, Routed, RoutingRule } from "./plan/routing/routing.ts";
export type { Clock } from "./shared/clock.ts";
export {
  AbyssalError,
  type Diagnostic,
  diagnosticLine,
  type Position,
  type Span,
} from "./shared/diagnostic.ts";
export type { Ids } from "./shared/ids.ts";
export type { Json, JsonObject } from "./shared/json.ts";
export { renderDiagnostics } from "./shared/render-diagnostic.ts";
export type { Result } from "./shared/result.ts";
export { type SecretSources, Secrets } from "./shared/secrets.ts";
export {
  Abyssal,
  type Acceptance,
  type Accepted,
  type BatchResult,
  type Decision,
} from "./surfaces/abyssal.ts";
export type { AbyssalOptions } from "./surfaces/abyssal-options.ts";
export type { AnalyticsReport, TemplateFigures } from "./surfaces/analytics/analytics.ts";
export type { Recommendation } from "./surfaces/analytics/recommendations.ts";
export type { Batch, BatchItem } from "./surfaces/batch.ts";
export type { Config, ConfigOverrides } from "./surfaces/config.ts";
export type { ExecuteOptions } from "./surfaces/execute-options.ts";
export { LiveRun, type NodeEnd } from "./surfaces/live-run.ts";
export type { Observatory } from "./surfaces/observatory.ts";
export type { Routing, RoutingStats } from "./surfaces/routing.ts";
export type { RunRecord } from "./surfaces/run-archive.ts";
export { type RunLogicInput, runLogic } from "./surfaces/run-logic.ts";
export type { ResultLine, RunResult } from "./surfaces/run-result.ts";
export {
  type AgentFunction,
  createAbyssal,
  type ToolFunction,
} from "./surfaces/runtime.ts";
export type { TemplateRegistry } from "./templates/registry.ts";
export type { AgentKind, Template } from "./templates/template.ts";
