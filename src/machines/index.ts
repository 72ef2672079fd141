/** The machines as they are, without the actors behind them: to be inspected, drawn, model-tested, or given actions by `provide`. */
export { type AgentContext, type AgentEvent, type AgentInput, agentMachine } from "./agent.ts";
export { type BreakerContext, type BreakerEvent, type BreakerInput, breakerMachine } from "./breaker.ts";
export { chainMachine } from "./chain.ts";
export { forkMachine } from "./fork.ts";
export type { ChildStart, GroupContext, GroupEvent, GroupInput, GroupStatus } from "./group.ts";
export {
  type OrchestratorContext,
  type OrchestratorEvent,
  type OrchestratorInput,
  orchestratorMachine,
  type RunStatus,
} from "./orchestrator.ts";
export type { NodeOutput, Preparation, Tally } from "./preparation.ts";
export {
  type SupervisorContext,
  type SupervisorEvent,
  type SupervisorInput,
  supervisorMachine,
} from "./supervisor.ts";
export { type SynthesisEvent, synthesisMachine } from "./synthesis.ts";
