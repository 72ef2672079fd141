import { createHash } from "node:crypto";
import { setTimeout as passing } from "node:timers/promises";
import type { PerformContext, Performer, Task } from "../../../src/actors/ports.ts";
import type { Outcome } from "../../../src/plan/outcome.ts";

const WORK = `defaults: { resources: { cpu: 1, memory: 512MB }, duration: 220ms, retry: { attempts: 3, backoff: constant, delay: 60ms } }`;

/** A survey of ten regions is a run of 202 agents, the last of which a person must allow. */
export const SEA_FLOOR = [
  `
name: SURVEY
version: 1.0.0
description: Surveys regions of the sea floor, and joins what was found into one report
category: research
parameters:
  regions: { type: array, position: 1, required: true, description: Regions to survey }
  depth: { type: enum, values: [shallow, deep], default: deep, description: How far down }
  dives: { type: integer, default: 3, minimum: 1, maximum: 9, description: Dives in each region }
  strict: { type: boolean, default: false, description: Whether a doubtful reading ends the run }
${WORK}
steps:
  chart: { run: { performer: field } }
  region: { needs: [chart], template: REGION, forEach: { place: regions }, with: { place: "{{ place }}" } }
  report: { needs: [region], run: { performer: field }, approve: { question: "Ten regions are surveyed. May the report be written?" } }
synthesis: { mode: aggregate, threshold: 0.5 }
`,
  `
name: REGION
version: 1.0.0
description: Surveys one region
category: research
parameters:
  place: { type: string, position: 1, required: true }
${WORK}
steps:
  scope: { run: { performer: field, options: { place: "{{ place }}" } } }
  sample: { needs: [scope], run: { performer: field }, parallelism: 7 }
  sound: { needs: [scope], run: { performer: field }, parallelism: 6 }
  compare: { needs: [sample, sound], run: { performer: field }, parallelism: 4, success_threshold: 0.7 }
  write: { needs: [compare], run: { performer: field } }
  check: { needs: [write], run: { performer: field }, fallback: { output: "Nobody has checked this region." } }
`,
  `
name: ASKS
version: 1.0.0
description: One agent, and a person who decides
category: test
parameters: { topic: { type: string, required: true, position: 1, description: What it is about } }
steps:
  act: { run: { performer: field }, approve: true }
`,
  `
name: HOSTILE
version: 1.0.0
description: An agent that answers with what would harm a careless page
category: test
parameters: {}
steps:
  act: { run: { performer: hostile } }
`,
];

export const REGIONS = [
  "Mariana",
  "Kermadec",
  "Tonga",
  "Izu",
  "Puerto Rico",
  "Java",
  "Aleutian",
  "Peru-Chile",
  "Yap",
  "Romanche",
];

/** A number from 0 to 1 that is always the same for the same text. */
function share(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 0xffff_ffff;
}

/** Work that takes its time, fails now and then, and says something; `pace` 0: at once. */
export class FieldWork implements Performer {
  readonly name = "field";
  readonly #pace: number;

  constructor(pace: number) {
    this.#pace = pace;
  }

  async perform({ path, attempt }: Task, { signal }: PerformContext): Promise<Outcome> {
    const luck = share(`${path}#${attempt}`);
    if (this.#pace > 0) await passing(this.#pace * (70 + 300 * luck), undefined, { signal }).catch(() => {});
    const isLost = /region\.[37]\/compare\.1$/.test(path) || /region\.5\/check$/.test(path);
    if (isLost || (path.startsWith("survey") && luck < 0.06 && attempt < 3)) {
      const failure = { code: "INSTRUMENT_LOST", message: "the instrument does not answer", retryable: true };
      return { kind: "failed", failure };
    }
    return {
      kind: "completed",
      output: textFor(path),
      confidence: { value: Math.round((0.6 + 0.35 * luck) * 100) / 100, source: "declared" },
    };
  }
}

function textFor(path: string): string {
  const region = REGIONS[Number(/region\.(\d+)/.exec(path)?.[1] ?? "0")];
  const depth = 6_000 + Math.round(4_900 * share(path));
  if (path.endsWith("/report"))
    return `## The sea floor in ten regions\n\nAll soundings agree to within **2%**; the deepest point lies at ${depth} m.\n\n| region | deepest |\n|---|---|\n${REGIONS.map((name) => `| ${name} | ${6_000 + Math.round(4_900 * share(name))} m |`).join("\n")}\n`;
  if (path.endsWith("/write"))
    return `### ${region}\n\nThe floor falls to ${depth} m. Samples hold clay and basalt; life was found at every depth that was reached.\n\n- seven samples, six soundings\n- sediment of ${Math.round(20 + 80 * share(`${path}!`))} m`;
  return `At ${region} (\`${path}\`): ${depth} m.`;
}

const HOSTILE = [
  "# <script>window.harmed = 1</script>",
  "",
  '<img src=x onerror="window.harmed = 2"> and <svg onload="window.harmed = 3">',
  "",
  "[a link](javascript:window.harmed=4) and [another](data:text/html,<script>window.harmed=5</script>)",
  "",
  '<a href="javascript:window.harmed=6">raw</a> [good](https://example.com/a)',
  "",
  "```html",
  "</code></pre><script>window.harmed = 7</script>",
  "```",
].join("\n");

/** Says what would run in a page that took texts for HTML. */
export const hostileWork: Performer = {
  name: "hostile",
  perform: async () => ({
    kind: "completed",
    output: HOSTILE,
    confidence: { value: 0.9, source: "declared" },
  }),
};
