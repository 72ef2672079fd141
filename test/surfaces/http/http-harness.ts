import { onTestFinished } from "vitest";
import type { Performer } from "../../../src/actors/ports.ts";
import { type Clock, systemClock } from "../../../src/shared/clock.ts";
import type { ConfigOverrides } from "../../../src/surfaces/config.ts";
import { type ServeOptions, type Serving, serve } from "../../../src/surfaces/http/serve.ts";
import { openService } from "../../../src/surfaces/runtime.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type Answer, type Asked, ask } from "./ask.ts";
import { documentedAnswers } from "./described-answers.ts";
import { PAGE } from "./page.ts";

export { type Answer, type Asked, ask, codeOf, type Frame, frames } from "./ask.ts";

/** Two steps, one after the other, and one that a person must allow. */
export const TEMPLATES = [
  `
name: PAIR
version: 1.0.0
description: Two steps
category: test
parameters: { topic: { type: string, default: none } }
steps:
  first: { run: { performer: scripted } }
  second: { run: { performer: scripted }, needs: [first] }
`,
  `
name: ASKS
version: 1.0.0
description: A person decides
category: test
parameters: {}
steps:
  act: { run: { performer: scripted }, approve: true }
`,
  `
name: KEEPS
version: 1.0.0
description: Is given a secret
category: test
parameters: { password: { type: string, required: true } }
steps:
  first: { run: { performer: scripted } }
`,
];

export type Server = {
  readonly folder: string;
  readonly scripted: ScriptedPerformer;
  readonly serving: Serving;
  ask(path: string, asked?: Asked): Promise<Answer>;
  /** Starts a program; gives the run's id. */
  start(command: string, headers?: Readonly<Record<string, string>>): Promise<string>;
};

export type ServerOptions = ServeOptions & {
  readonly folder?: string;
  readonly config?: ConfigOverrides;
  readonly scripted?: ScriptedPerformer;
  readonly performers?: readonly Performer[];
  /** Beside `TEMPLATES`. */
  readonly templates?: readonly string[];
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
};

/** A server of its own on a free port, gone after the test. Every answer is held to the API's description. */
export async function server(options: ServerOptions = {}): Promise<Server> {
  const {
    folder = temporaryFolder(),
    scripted = new ScriptedPerformer(),
    config = {},
    performers = [],
    templates = [],
    env = {},
  } = options;
  const clock = options.clock ?? systemClock;
  const service = await openService({
    workingFolder: folder,
    env,
    clock,
    config: { ...config, cache: { enabled: false } },
    templates: [...TEMPLATES, ...templates],
    performers: [scripted, ...performers],
  });
  const serving = await serve(service, { port: 0, page: PAGE, ...options, clock }).catch((error: unknown) => {
    service.abyssal.close();
    throw error;
  });
  let closed: Promise<void> | undefined;
  const closing = {
    ...serving,
    close: () => {
      closed ??= serving.close();
      return closed;
    },
  };
  onTestFinished(() => closing.close());
  const asking = async (path: string, asked?: Asked): Promise<Answer> => {
    const answer = await ask(serving.url, path, asked);
    const method = asked?.method ?? "GET";
    const faults = documentedAnswers().faultsOf(method, path, answer);
    if (faults.length > 0) throw new Error(`${method} ${path} is not as described: ${faults.join("; ")}`);
    return answer;
  };
  return {
    folder,
    scripted,
    serving: closing,
    ask: asking,
    async start(command, headers = {}) {
      const { status, text } = await asking("/execute", { method: "POST", body: { command }, headers });
      if (status !== 202) throw new Error(`${status} ${text}`);
      return (JSON.parse(text) as { runId: string }).runId;
    },
  };
}
