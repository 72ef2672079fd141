import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { AnyStateMachine, AnyStateNode } from "xstate";
import {
  agentMachine,
  breakerMachine,
  chainMachine,
  forkMachine,
  orchestratorMachine,
  supervisorMachine,
  synthesisMachine,
} from "../../src/machines/index.ts";
import { eventsOf, mermaidOf } from "../support/mermaid.ts";

const REFERENCE = readFileSync(new URL("../../docs/reference/machines.md", import.meta.url), "utf8");
const MACHINES: readonly AnyStateMachine[] = [
  agentMachine,
  forkMachine,
  chainMachine,
  orchestratorMachine,
  synthesisMachine,
  supervisorMachine,
  breakerMachine,
];

/** The part of the reference under a heading. */
function section(name: string): string {
  return REFERENCE.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? "";
}

describe.each(MACHINES.map((machine) => [machine.id, machine] as const))(
  "the reference of %s",
  (name, machine) => {
    test("draws the machine as it is", () => {
      expect(section(name)).toContain(`\`\`\`mermaid\n${mermaidOf(machine)}\n\`\`\``);
    });

    test("tells of every state and every event", () => {
      const states = (Object.values(machine.root.states) as AnyStateNode[]).map(({ key }) => key);
      const prose = section(name).replace(/```mermaid[^`]*```/, "");
      const untold = [...states, ...eventsOf(machine)].filter((word) => !prose.includes(`\`${word}\``));
      expect(untold).toEqual([]);
    });

    test("lists its invariants as the code does", () => {
      const code = readFileSync(new URL(`../../src/machines/${name}.ts`, import.meta.url), "utf8");
      const ids = [...code.matchAll(/^ \* ([A-Z]\d) /gm)].map(([, id]) => id!);
      expect(ids.length).toBeGreaterThan(2);
      expect(ids.filter((id) => !section(name).includes(`**${id}**`))).toEqual([]);
    });
  },
);
