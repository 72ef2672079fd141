import type { AnyStateMachine } from "xstate";
import { agentMachine } from "../../machines/agent.ts";
import { breakerMachine } from "../../machines/breaker.ts";
import { chainMachine } from "../../machines/chain.ts";
import { forkMachine } from "../../machines/fork.ts";
import { orchestratorMachine } from "../../machines/orchestrator.ts";
import { supervisorMachine } from "../../machines/supervisor.ts";
import { synthesisMachine } from "../../machines/synthesis.ts";

/** The machines that can be drawn, by name. */
export const DRAWN_MACHINES: ReadonlyMap<string, AnyStateMachine> = new Map<string, AnyStateMachine>([
  ["agent", agentMachine],
  ["fork", forkMachine],
  ["chain", chainMachine],
  ["orchestrator", orchestratorMachine],
  ["synthesis", synthesisMachine],
  ["supervisor", supervisorMachine],
  ["breaker", breakerMachine],
]);
