import { machineDiagram } from "../../diagram/machine-diagram.ts";
import { layoutMachines, type MachineLayout } from "../../diagram/machine-layout.ts";
import { DRAWN_MACHINES } from "../../diagram/machines.ts";
import { MachinesAnswer } from "../answers/observe-answers.ts";
import type { RouteGroup } from "../server-ports.ts";

let laidOut: Promise<readonly MachineLayout[]> | undefined;

/** The statecharts that runs are made of, as they can be drawn. */
export const machineRoutes: RouteGroup = (app) => {
  app.get(
    "/machines",
    {
      config: {
        needs: "runs.read",
        answers: { 200: { description: "Every machine with its places.", schema: MachinesAnswer } },
      },
      schema: { summary: "The statecharts of orchestrator, chains, forks, agents and others, laid out" },
    },
    async () => {
      laidOut ??= layoutMachines(
        [...DRAWN_MACHINES].map(([name, machine]) => ({ ...machineDiagram(machine), name })),
      );
      return { machines: await laidOut };
    },
  );
};
