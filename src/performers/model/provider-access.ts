import type { Failure } from "../../plan/outcome.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import type { ProviderDoor } from "./provider-door.ts";

/** The language that a provider is spoken to in: chat completions as OpenAI's, or messages as Anthropic's. */
export type Protocol = "openai" | "anthropic";

/** Where a provider is reached and with which key; the key never leaves this process but to there. */
export type ProviderAccess = {
  readonly speaks: Protocol;
  readonly apiKey: string;
  readonly baseUrl: string;
  /** What all its calls pass; absent: as many as there are may be under way. */
  readonly door?: ProviderDoor | undefined;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** A provider of the user's: the key stands in the variable that it names, never here. */
export type ProviderSetting = {
  readonly name: string;
  readonly baseUrl?: string | undefined;
  readonly keyEnv?: string | undefined;
  readonly speaks?: Protocol | undefined;
  /** Calls of it that may be under way at once, of all runs of a runtime; absent: as many as there are. */
  readonly callsAtOnce?: number | undefined;
};

/** Somebody who can be asked for models, by the first part of their names. */
export type Provider = {
  readonly name: string;
  readonly speaks: Protocol;
  /** Where it is reached, unless the environment says otherwise. */
  readonly address: string;
  /** The variable that says otherwise; null: none does. */
  readonly addressVariable: string | null;
  /** The variable that holds its key; null: it takes none. */
  readonly keyVariable: string | null;
  /** Where nobody is answered without a key; null: wherever it is. */
  readonly keyNeededAt: string | null;
};

const OPENAI = "https://api.openai.com/v1";
const ANTHROPIC = "https://api.anthropic.com/v1";

const BUILT_IN: readonly Provider[] = [
  {
    name: "openai",
    speaks: "openai",
    address: OPENAI,
    addressVariable: "OPENAI_BASE_URL",
    keyVariable: "OPENAI_API_KEY",
    keyNeededAt: OPENAI,
  },
  {
    name: "anthropic",
    speaks: "anthropic",
    address: ANTHROPIC,
    addressVariable: "ANTHROPIC_BASE_URL",
    keyVariable: "ANTHROPIC_API_KEY",
    keyNeededAt: ANTHROPIC,
  },
];

/** Everybody who can be asked, by name: those that are built in, and the user's, which may say more of a built-in one. */
export function providersOf(settings: readonly ProviderSetting[]): ReadonlyMap<string, Provider> {
  const providers = new Map(BUILT_IN.map((one) => [one.name, one]));
  for (const { name, baseUrl, keyEnv, speaks } of settings) {
    const known = providers.get(name);
    providers.set(name, {
      name,
      speaks: known?.speaks ?? speaks ?? "openai",
      address: baseUrl ?? known?.address ?? "",
      addressVariable: known?.addressVariable ?? null,
      keyVariable: keyEnv ?? known?.keyVariable ?? null,
      // Whoever names a variable means it to be there.
      keyNeededAt: keyEnv === undefined && known ? known.keyNeededAt : null,
    });
  }
  return providers;
}

/** The address that a provider is asked at. */
export function addressOf(provider: Provider, env: Environment): string {
  const { speaks, address, addressVariable } = provider;
  const text = ((addressVariable && env[addressVariable]) || address).replace(/\/+$/, "");
  // Anthropic's own clients take the address without its version.
  return speaks === "anthropic" && URL.parse(text)?.pathname === "/" ? `${text}/v1` : text;
}

/** How a provider is reached. A server of one's own needs no key. Failures: MODEL_KEY_MISSING, MODEL_ADDRESS_INVALID. */
export function providerAccess(provider: Provider, env: Environment): Result<ProviderAccess, Failure> {
  const { name, speaks, addressVariable, keyVariable, keyNeededAt } = provider;
  const baseUrl = addressOf(provider, env);
  const { protocol } = URL.parse(baseUrl) ?? { protocol: "" };
  if (protocol !== "http:" && protocol !== "https:") {
    return err({
      code: "MODEL_ADDRESS_INVALID",
      message: `${addressVariable ?? `the base_url of ${name}`} is no address of a server`,
      retryable: false,
      hint: `such as ${OPENAI}`,
    });
  }
  const apiKey = keyVariable === null ? undefined : env[keyVariable] || undefined;
  if (apiKey !== undefined) return ok({ speaks, apiKey, baseUrl });
  const isNeeded = keyVariable !== null && (keyNeededAt === null || keyNeededAt === baseUrl);
  if (!isNeeded) return ok({ speaks, apiKey: "none", baseUrl });
  const other = addressVariable ? `, or ${addressVariable} for a server that needs none` : "";
  return err({
    code: "MODEL_KEY_MISSING",
    message: `${name} asks for a key, and ${keyVariable} is not set`,
    retryable: false,
    hint: `set ${keyVariable}${other}`,
  });
}
