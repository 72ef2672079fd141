import { describe } from "vitest";
import { alternativesConformance } from "./alternatives.ts";
import { attemptsConformance } from "./attempts.ts";
import { blackboardConformance } from "./blackboard.ts";
import { cachingConformance } from "./caching.ts";
import { escalationConformance } from "./escalation.ts";
import { flowConformance } from "./flow.ts";
import { midwayConformance } from "./midway.ts";
import { peopleConformance } from "./people.ts";
import { stoppingConformance } from "./stopping.ts";
import { supervisionConformance } from "./supervision.ts";
import type { MakeEngine } from "./world.ts";

/** What every engine must do, whatever it keeps its facts in; `makeEngine` gives a fresh engine for each test. */
export function engineConformance(name: string, makeEngine: MakeEngine): void {
  describe(`${name} as an engine`, () => {
    attemptsConformance(makeEngine);
    alternativesConformance(makeEngine);
    escalationConformance(makeEngine);
    stoppingConformance(makeEngine);
    supervisionConformance(makeEngine);
    flowConformance(makeEngine);
    peopleConformance(makeEngine);
    midwayConformance(makeEngine);
    cachingConformance(makeEngine);
    blackboardConformance(makeEngine);
  });
}
