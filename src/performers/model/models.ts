import type { Failure } from "../../plan/outcome.ts";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { checkModelName, readModelName } from "./model-name.ts";
import { type Price, type PriceSetting, priceOf } from "./prices.ts";
import {
  addressOf,
  type Environment,
  type ProviderAccess,
  type ProviderSetting,
  providerAccess,
  providersOf,
} from "./provider-access.ts";
import { ProviderDoor } from "./provider-door.ts";

export type ModelsSettings = {
  /** The model of whoever names none, as `provider/model`; absent: there is none. */
  readonly usual?: string | undefined;
  readonly providers?: readonly ProviderSetting[] | undefined;
  readonly prices?: readonly PriceSetting[] | undefined;
  /** Tokens that one answer may have. */
  readonly maxOutputTokens: number;
  /** Answers in one piece of work that uses tools. */
  readonly toolSteps: number;
  readonly env: Environment;
};

type Asking = { readonly model?: string };

/** The models that can be asked: who offers them, how these are reached, what they take. Loads nothing. */
export class Models {
  readonly usual: string | null;
  readonly maxOutputTokens: number;
  readonly #settings: ModelsSettings;
  readonly #providers: ReturnType<typeof providersOf>;
  readonly #doors = new Map<string, ProviderDoor>();

  constructor(settings: ModelsSettings) {
    this.#settings = settings;
    this.#providers = providersOf(settings.providers ?? []);
    for (const { name, callsAtOnce } of settings.providers ?? [])
      if (callsAtOnce !== undefined) this.#doors.set(name, new ProviderDoor(callsAtOnce));
    this.usual = settings.usual ?? null;
    this.maxOutputTokens = settings.maxOutputTokens;
  }

  /** The model that a task asks: as its plan says, else the usual one; null: there is none. */
  askedBy({ model }: Asking): string | null {
    return model ?? this.usual;
  }

  /** What guards know the model of a task by. */
  resourcesOf(task: Asking): readonly string[] {
    const name = this.askedBy(task);
    return name === null ? [] : [`model:${name}`];
  }

  /** Why nobody can be asked by a name: MODEL_UNKNOWN_PROVIDER; null: somebody can. */
  fault(name: string): Diagnostic | null {
    return checkModelName(name, [...this.#providers.keys()]);
  }

  /** What an answer may be long, and what it takes; price null: not known, and counted as nothing. */
  terms(name: string): {
    readonly maxOutputTokens: number;
    readonly toolSteps: number;
    readonly price: Price | null;
  } {
    const { maxOutputTokens, toolSteps, prices = [] } = this.#settings;
    return { maxOutputTokens, toolSteps, price: priceOf(name, prices, this.#protocolOf(name)) };
  }

  /** How a model is reached. Failures: MODEL_UNKNOWN_PROVIDER, MODEL_KEY_MISSING, MODEL_ADDRESS_INVALID. */
  access(name: string): Result<{ readonly model: string; readonly access: ProviderAccess }, Failure> {
    const read = readModelName(name);
    const provider = read && this.#providers.get(read.provider);
    if (!provider) return err(failureOf(this.fault(name)!));
    const access = providerAccess(provider, this.#settings.env);
    if (!access.ok) return access;
    const door = this.#doors.get(provider.name);
    return ok({ model: read.model, access: { ...access.value, door } });
  }

  /** Where a model is asked; null: nowhere. */
  addressOf(name: string): string | null {
    const provider = this.#providers.get(readModelName(name)?.provider ?? "");
    return provider ? addressOf(provider, this.#settings.env) : null;
  }

  #protocolOf(name: string): ProviderAccess["speaks"] | undefined {
    return this.#providers.get(readModelName(name)?.provider ?? "")?.speaks;
  }
}

function failureOf({ code, message, expected, got, hint }: Diagnostic): Failure {
  return {
    code,
    message: `${message}: expected ${expected}, got ${got}`,
    retryable: false,
    ...(hint ? { hint } : {}),
  };
}
