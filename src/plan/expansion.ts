import type { Span } from "../shared/diagnostic.ts";
import type { BoundArgument } from "../templates/bind-parameters.ts";
import type { BudgetLimits, Step, SupervisionPolicy, Template } from "../templates/template.ts";
import type { AgentInput, Scope } from "./plan.ts";
import type { GroupDraft } from "./plan-builder.ts";

/** Where an expression stands. */
export type Place = {
  readonly parent: string | null;
  /** Path prefix for what is written here, with its `/`; empty at the top. */
  readonly prefix: string;
  /** Paths of the unit before in a chain. */
  readonly previous: readonly string[];
  readonly depth: number;
};

/** Bound names: name -> path of the node whose answer it is. */
export type Bindings = ReadonlyMap<string, string>;

/** A command that is to be expanded, whoever wrote it: the program, or a step of another template. */
export type Call = {
  readonly path: string;
  readonly place: Place;
  readonly template: Template;
  readonly args: readonly BoundArgument[];
  readonly span?: Span;
  /** Templates that nest this one, outermost first. */
  readonly nesting: readonly string[];
  readonly bindings: Bindings;
  /** The model that the command around it names for all its agents; absent: none. */
  readonly model?: string;
  /** Of a template step: its name, needs, condition. */
  readonly as?: {
    readonly step: string;
    readonly phase?: string;
    readonly needs: readonly string[];
    readonly when?: string;
    readonly input: AgentInput;
    readonly priority: number;
    readonly supervision?: SupervisionPolicy;
    readonly budget?: BudgetLimits;
  };
};

/** A command whose steps are being added. */
export type Enclosing = {
  readonly call: Call;
  readonly group: GroupDraft;
  readonly scope: Scope;
  /** The model that this command, or the one around it, names for all its agents; null: none. */
  readonly model: string | null;
  /** Names of the templates around these steps, this command's own one last. */
  readonly nesting: readonly string[];
  /** Forks of the commands that stand in one parameter. */
  readonly valueForks: readonly GroupDraft[];
  /** Expands a command that one of the steps nests: handed down, because steps stand below commands. */
  readonly nest: (call: Call) => void;
};

/** A step with everything that its nodes are made of. */
export type PlacedStep = {
  readonly step: Step;
  readonly path: string;
  readonly parent: string;
  readonly needs: readonly string[];
  /** Whether it waits for anything: steps, answers among its parameters, the unit before in a chain; for rule P4. */
  readonly isDependent: boolean;
  readonly input: AgentInput;
};
