import type { MergeFunction } from "../actors/blackboard.ts";
import type { Performer } from "../actors/ports.ts";
import type { Policy } from "../plan/policy.ts";
import type { Clock } from "../shared/clock.ts";
import type { Ids } from "../shared/ids.ts";
import type { ConfigOverrides, ConfigSources } from "./config.ts";
import type { ObservatoryOptions } from "./open-observatory.ts";
import type { AgentFunction, ToolFunction } from "./runtime.ts";

/** What an embedder gives, and may leave out. */
export type AbyssalOptions = ObservatoryOptions & {
  /** Where configuration, templates and commands are at home, a folder that is there; default: the process's working folder. */
  readonly workingFolder?: string;
  /** A configuration file that must exist; default: `abyssal.config.yaml` in the working folder, if it is there. */
  readonly configFile?: string;
  readonly config?: ConfigOverrides;
  /** What diagnostics call a setting of `config`, by its path in the file; default: `options.config...`. For who takes settings from elsewhere. */
  readonly configAt?: NonNullable<ConfigSources["overridesAt"]>;
  /** What diagnostics call the choice of the environment; default: `ABYSSAL_ENV`. For who sets that variable in `env`. */
  readonly environmentAt?: string | undefined;
  /** Variables that configure (`ABYSSAL_*`), and say how models are reached (`OPENAI_API_KEY` ...); default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** More templates, as YAML or JSON text. */
  readonly templates?: readonly string[];
  /** More performers; one with the name of a built-in one takes its place, with the same options. */
  readonly performers?: readonly Performer[];
  /** Functions that `run: { performer: function, name: ... }` may call. */
  readonly functions?: Readonly<Record<string, AgentFunction>>;
  /** Functions that agents may call as tools, as `function:NAME`. */
  readonly tools?: Readonly<Record<string, ToolFunction>>;
  /** Resolves the hosts that tools reach, in place of the system; gives all addresses of a name. */
  readonly resolveHost?: (host: string) => Promise<readonly string[]>;
  /**
   * Functions that merge writes to a run's blackboard, by the names that templates use. Pure: a replay calls them again. Who
   * resumes or reads a run whose plan names one must give it too.
   */
  readonly merges?: Readonly<Record<string, MergeFunction>>;
  /**
   * Whether runs survive the process: every fact is recorded in `.abyssal/journal.db` of the working folder before it is
   * applied, and `resume` goes on with what a crash interrupted; default: false, runs are remembered
   * by this process alone and end with it.
   */
  readonly durable?: boolean;
  /** Whose experience plans go by: this process's, or what runs in the working folder have taught; default: the folder's with `durable`. */
  readonly learned?: "process" | "folder";
  /** What every plan must keep to before it runs; default: none. Its hash stands in every result. */
  readonly policy?: Policy;
  readonly clock?: Clock;
  readonly ids?: Ids;
};
