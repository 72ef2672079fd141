import type { AnyStateMachine } from "xstate";
import { agentMachine } from "../machines/agent.ts";
import { chainMachine } from "../machines/chain.ts";
import { forkMachine } from "../machines/fork.ts";
import { orchestratorMachine } from "../machines/orchestrator.ts";
import { supervisorMachine } from "../machines/supervisor.ts";
import { synthesisMachine } from "../machines/synthesis.ts";
import { agentActions } from "./agent-actions.ts";
import { flatMachine } from "./flat/flat-machine.ts";
import { groupActions } from "./group-actions.ts";
import { orchestratorActions } from "./orchestrator-actions.ts";
import { supervisorActions } from "./supervisor-actions.ts";
import { synthesisActions } from "./synthesis-actions.ts";

/** The root machine of a run, everything supplied. */
export type OrchestratorMachine = typeof orchestratorMachine;

const made = new Map<boolean, OrchestratorMachine>();

/**
 * The machines of every run, made once for the process: their actions find their run by their actor's system
 * (run-parts.ts). `isInspected`: somebody watches every step; XState's own interpreter reports them, the tables do not.
 */
export function runMachine(isInspected: boolean): OrchestratorMachine {
  const known = made.get(isInspected);
  if (known) return known;
  const machine = buildMachines(isInspected ? (native) => native : flatMachine);
  made.set(isInspected, machine);
  return machine;
}

/** Supplies what the machines name. */
function buildMachines(as: <M extends AnyStateMachine>(machine: M) => M): OrchestratorMachine {
  const agent = as(agentMachine.provide({ actions: agentActions }));
  const fork = as(forkMachine.provide({ actions: groupActions }));
  const chain = as(chainMachine.provide({ actions: groupActions }));
  const supervisor = as(supervisorMachine.provide({ actions: supervisorActions }));
  // `provide` copies the actors it is given, but forks and chains hold each other: tie the knot afterwards.
  for (const machine of [fork, chain])
    Object.assign(machine.implementations.actors, { agent, fork, chain, supervisor });
  const synthesis = as(synthesisMachine.provide({ actions: synthesisActions }));
  return as(orchestratorMachine.provide({ actions: orchestratorActions, actors: { chain, synthesis } }));
}
