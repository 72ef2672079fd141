import type { DurableEngine } from "../engine/durable-engine.ts";
import type { ResourceStatus } from "../engine/resilience/guard.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import type { Json } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import { Abyssal } from "./abyssal.ts";
import type { AbyssalParts } from "./abyssal-parts.ts";
import type { RawConfig } from "./config/config-layer.ts";
import { isRecord, mergeLayers } from "./config/config-layer.ts";
import { snakeKey, snakeKeys } from "./config/key-case.ts";
import type { Config } from "./config.ts";
import type { Registered } from "./register-template.ts";

/** Sections whose settings hold at once when they are changed; all others from the next start on. */
export const AT_ONCE: readonly (keyof Config)[] = [
  "execution",
  "planning",
  "resources",
  "templates",
  "routing",
  "server",
];

/** Settings of those sections that only a start can put in force. */
export const AT_START: Readonly<Partial<Record<keyof Config, readonly string[]>>> = {
  // The book of what was learned is kept with it.
  routing: ["halfLifeDays"],
  server: ["host", "bodyLimit"],
  // It is watched, and kept from agents' tools.
  templates: ["registryPath"],
};

export type Renewal = {
  /** Settings that were changed and hold from now on, as `section.setting`. */
  readonly applied: readonly string[];
  /** Settings that were changed and hold from the next start on. */
  readonly pending: readonly string[];
};

export type ServicePorts = {
  /** Reads the configuration anew, `patch` above it, as the file writes it. Throws AbyssalError CONFIG_*. */
  readonly read: (patch: RawConfig) => Promise<Config>;
  /** The same runtime under another configuration, its templates read anew. Throws AbyssalError TEMPLATE_*, ROUTE_*. */
  readonly renew: (parts: AbyssalParts, config: Config) => Promise<AbyssalParts>;
};

/**
 * Purpose: what a server stands on, and how it is configured while it runs.
 * Owns: the runtime of the moment; what was changed by hand. Does not own: the engine, which all runtimes share.
 * Invariants:
 * G1 a configuration or template that is not valid changes nothing: what held before holds.
 * G2 a plan is made under one configuration, the one of the moment; runs under way are not touched.
 */
export class Service {
  readonly engine: DurableEngine;
  readonly #ports: ServicePorts;
  #parts: AbyssalParts;
  #abyssal: Abyssal;
  #patch: RawConfig = {};
  #pending: readonly string[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: AbyssalParts, engine: DurableEngine, ports: ServicePorts) {
    this.#parts = parts;
    this.#abyssal = new Abyssal(parts);
    this.engine = engine;
    this.#ports = ports;
  }

  /** The runtime as it is configured now. */
  get abyssal(): Abyssal {
    return this.#abyssal;
  }

  /** What was changed by hand since the start, as the file would write it. */
  get patch(): RawConfig {
    return this.#patch;
  }

  /** Settings that hold from the next start on. */
  get pending(): readonly string[] {
    return this.#pending;
  }

  /** Reads configuration and templates anew. Rejects with AbyssalError; then everything is as it was (G1). */
  reload(): Promise<Renewal> {
    return this.#inTurn(() => this.#renew(this.#patch));
  }

  /**
   * Changes settings, until the server ends. Rejects with AbyssalError, CONFIG_AT_START among others; then everything is as it
   * was (G1).
   */
  change(settings: Readonly<Record<string, Json>>): Promise<Renewal> {
    return this.#inTurn(() => {
      const layers = [this.#patch, settings].map((values) => ({ values, origin: () => undefined }));
      return this.#renew(mergeLayers(layers), namesOf(snakeKeys(settings)));
    });
  }

  /**
   * Registers a template by `put`, which is told what there is, and reads everything anew when it was put. One after the other: of two
   * that come at once the second one finds the first.
   */
  register(put: (registry: TemplateRegistry) => Promise<Registered>): Promise<Registered> {
    return this.#inTurn(async () => {
      const registered = await put(this.#parts.registry);
      if (registered.state === "registered") await this.#renew(this.#patch);
      return registered;
    });
  }

  /** Closes the breaker of a resource by hand; gives how it stands then. Throws AbyssalError RESOURCE_UNKNOWN, BREAKER_NONE. */
  resetBreaker(resource: string): ResourceStatus {
    const { resilience } = this.#parts;
    const status = resilience.reset(resource);
    if (status) return status;
    throw new AbyssalError([notReset(resource, resilience.status())]);
  }

  /** `byHand` names what was changed by hand just now. */
  async #renew(patch: RawConfig, byHand: readonly string[] = []): Promise<Renewal> {
    const wanted = await this.#ports.read(patch);
    const before = this.#parts.config;
    const config = inForce(wanted, before);
    const late = differences(config, wanted).filter((name) => byHand.includes(name));
    if (late.length > 0) throw new AbyssalError(late.map(tooLate));
    const parts = await this.#ports.renew(this.#parts, config);
    this.#parts = parts;
    this.#abyssal = new Abyssal(parts);
    this.#patch = patch;
    this.#pending = differences(config, wanted);
    return { applied: differences(before, config), pending: this.#pending };
  }

  /** One change after the other: none is lost. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work, work);
    this.#turn = next.catch(() => {});
    return next;
  }
}

/** What is changed by hand ends with the server: it could never hold. */
function tooLate(name: string): Diagnostic {
  return {
    code: "CONFIG_AT_START",
    severity: "error",
    place: `body.${name}`,
    message: "this setting holds from the start of a server on, and what is changed by hand ends with it",
    expected: "a setting that can be changed while the server runs",
    got: name,
    hint: "write it into the configuration file, and start the server anew",
  };
}

function notReset(resource: string, known: readonly ResourceStatus[]): Diagnostic {
  const names = known.filter(({ breaker }) => breaker !== null).map(({ resource }) => resource);
  const isKnown = known.some((one) => one.resource === resource);
  const near = nearestName(resource, names);
  return {
    code: isKnown ? "BREAKER_NONE" : "RESOURCE_UNKNOWN",
    severity: "error",
    place: "resource",
    message: isKnown ? "nothing breaks the calls of this resource" : "nothing of this name was called here",
    expected: names.length === 0 ? "a resource with a breaker; there is none" : `one of ${names.join(", ")}`,
    got: resource,
    ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
  };
}

function inForce(wanted: Config, before: Config): Config {
  const sections = AT_ONCE.map((name) => {
    const kept = Object.fromEntries(
      (AT_START[name] ?? []).map((key) => [key, (before[name] as unknown as RawConfig)[key]]),
    );
    return [name, { ...(wanted[name] as object), ...kept }];
  });
  return { ...before, ...(Object.fromEntries(sections) as Partial<Config>) };
}

/** What settings are called: `section.setting`, or the section where it is a setting itself. */
function namesOf(settings: RawConfig): readonly string[] {
  return Object.entries(settings).flatMap(([section, values]) =>
    isRecord(values) ? Object.keys(values).map((key) => `${section}.${key}`) : [section],
  );
}

/** Settings in which two configurations differ, as the file names them. */
function differences(before: Config, after: Config): readonly string[] {
  const sections = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Config)[];
  return sections.flatMap((section) => {
    const [one, two] = [before[section], after[section]];
    if (typeof (one ?? two) !== "object") return one === two ? [] : [section];
    const [was, is] = [one, two] as unknown as [RawConfig, RawConfig];
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys
      .filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]))
      .map((key) => `${section}.${snakeKey(key)}`);
  });
}

/** What kept a change from being made. */
export function faultsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof AbyssalError) return error.diagnostics;
  throw error;
}
