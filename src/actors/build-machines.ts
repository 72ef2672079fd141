import type { Observable } from "rxjs";
import type { AnyStateMachine } from "xstate";
import { agentMachine } from "../machines/agent.ts";
import { chainMachine } from "../machines/chain.ts";
import { forkMachine } from "../machines/fork.ts";
import { orchestratorMachine, type RunStatus } from "../machines/orchestrator.ts";
import { supervisorMachine } from "../machines/supervisor.ts";
import { synthesisMachine } from "../machines/synthesis.ts";
import type { AgentResult } from "../plan/outcome.ts";
import { flatMachine } from "./flat/flat-machine.ts";
import { groupActions } from "./group-actions.ts";
import type { Nodes } from "./nodes.ts";
import { orchestratorActions } from "./orchestrator-actions.ts";
import type { Workbench } from "./synthesis/workbench.ts";
import { synthesisActions } from "./synthesis-actions.ts";

/** The root machine of a run, everything supplied. */
export type OrchestratorMachine = typeof orchestratorMachine;

/** What the orchestrator and the synthesis need of the run beside its nodes. */
export type RunPorts = {
  readonly results$: Observable<AgentResult>;
  readonly workbench: Workbench;
  /** Somebody watches every step: XState's own interpreter reports them, the tables do not. */
  readonly isInspected: boolean;
  readonly armDeadline: () => void;
  readonly disarmDeadline: () => void;
  readonly recordRun: (status: RunStatus) => void;
};

/** Supplies what the machines name: one set of machines for each run. */
export function buildMachines(nodes: Nodes, ports: RunPorts): OrchestratorMachine {
  const made = <M extends AnyStateMachine>(machine: M): M =>
    ports.isInspected ? machine : flatMachine(machine);
  const agent = made(supplyAgent(nodes));
  const actions = groupActions(nodes);
  const fork = made(forkMachine.provide({ actions }));
  const chain = made(chainMachine.provide({ actions }));
  const supervisor = made(supervisorMachine.provide({ actions: nodes.wards.supervisorActions() }));
  // `provide` copies the actors it is given, but forks and chains hold each other: tie the knot afterwards.
  for (const machine of [fork, chain])
    Object.assign(machine.implementations.actors, { agent, fork, chain, supervisor });
  const synthesis = made(
    synthesisMachine.provide({ actions: synthesisActions(ports.results$, ports.workbench) }),
  );
  return made(
    orchestratorMachine.provide({ actions: orchestratorActions(nodes, ports), actors: { chain, synthesis } }),
  );
}

function supplyAgent(nodes: Nodes): typeof agentMachine {
  const { desk, wards } = nodes;
  return agentMachine.provide({
    actions: {
      enlist: ({ context, self }) => nodes.enlistAgent(context.path, self),
      requestSlot: ({ context, event }) => desk.requestSlot(context, event),
      withdrawRequest: ({ context }) => desk.withdraw(context.path),
      askApproval: ({ context }) => desk.askApproval(context.path),
      keepAsked: ({ context, event }) => desk.midway.keep(context, event),
      closeQuestion: ({ context, event }) => desk.closeQuestion(context.path, event),
      dispatchTask: ({ context, self }) => desk.dispatch(context, (event) => self.send(event)),
      cancelTask: ({ context, event }) => desk.cancelTask(context.path, event),
      stopTask: ({ context }) => desk.stopTask(context.path, context.attempt),
      armGrace: ({ context }) => desk.armGrace(context.path, context.attempt, wards.graceMs(context.path)),
      disarmGrace: ({ context }) => desk.disarmGrace(context.path, context.attempt),
      reportCrash: ({ context: { path, attempt, failure } }) => {
        desk.hold(path, attempt, failure);
        wards.crashed(path, failure!);
      },
      reportStopped: ({ context: { path, attempt } }) => {
        desk.hold(path, attempt, null);
        wards.stopped(path);
      },
      leaveWork: ({ context, event }) => desk.leave(context.path, context.attempt, event),
      armBackoff: ({ context }) => desk.armBackoff(context),
      disarmBackoff: ({ context }) => desk.disarmBackoff(context.path, context.attempt),
      recordResult: ({ context, event }, { status }) => desk.record(context, status, event),
    },
  });
}
