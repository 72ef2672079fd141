import type { Failure } from "../../plan/outcome.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import type { ModelProvider } from "./model-name.ts";

/** Where a provider is reached and with which key; the key never leaves this process but to there. */
export type ProviderAccess = { readonly apiKey: string; readonly baseUrl: string };

export type Environment = Readonly<Record<string, string | undefined>>;

const PROVIDERS = {
  openai: { key: "OPENAI_API_KEY", url: "OPENAI_BASE_URL", usual: "https://api.openai.com/v1" },
  anthropic: { key: "ANTHROPIC_API_KEY", url: "ANTHROPIC_BASE_URL", usual: "https://api.anthropic.com/v1" },
} as const;

/** The address that a provider is asked at, as the environment says or else its own. */
export function baseUrlOf(provider: ModelProvider, env: Environment): string {
  const { url, usual } = PROVIDERS[provider];
  const text = (env[url] || usual).replace(/\/+$/, "");
  // Anthropic's own clients take the address without its version.
  return provider === "anthropic" && URL.parse(text)?.pathname === "/" ? `${text}/v1` : text;
}

/**
 * How a provider is reached, from the environment alone. A server of one's own needs no key. Failures: MODEL_KEY_MISSING,
 * MODEL_ADDRESS_INVALID.
 */
export function providerAccess(provider: ModelProvider, env: Environment): Result<ProviderAccess, Failure> {
  const { key, url, usual } = PROVIDERS[provider];
  const baseUrl = baseUrlOf(provider, env);
  const { protocol } = URL.parse(baseUrl) ?? { protocol: "" };
  if (protocol !== "http:" && protocol !== "https:") {
    return err({
      code: "MODEL_ADDRESS_INVALID",
      message: `${url} is no address of a server`,
      retryable: false,
      hint: `such as ${usual}`,
    });
  }
  const apiKey = env[key] || (baseUrl === usual ? undefined : "none");
  if (apiKey !== undefined) return ok({ apiKey, baseUrl });
  return err({
    code: "MODEL_KEY_MISSING",
    message: `${provider} asks for a key, and ${key} is not set`,
    retryable: false,
    hint: `set ${key}, or ${url} for a server that needs none`,
  });
}
