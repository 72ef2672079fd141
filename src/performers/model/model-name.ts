import type { Diagnostic } from "../../shared/diagnostic.ts";
import { nearestName } from "../../shared/nearest-name.ts";

/** Who can be asked, by the first part of a model's name. */
export const MODEL_PROVIDERS = ["openai", "anthropic"] as const;

export type ModelProvider = (typeof MODEL_PROVIDERS)[number];

/** `openai/gpt-5`: the provider, and the model as the provider calls it (which may hold more slashes). */
export type ModelName = { readonly provider: ModelProvider; readonly model: string };

/** The parts of a name, or null where nobody can be asked by it. */
export function readModelName(name: string): ModelName | null {
  const slash = name.indexOf("/");
  const provider = MODEL_PROVIDERS.find((known) => known === name.slice(0, slash));
  const model = name.slice(slash + 1);
  return slash > 0 && provider && model !== "" ? { provider, model } : null;
}

/** Why a model cannot be asked: MODEL_UNKNOWN_PROVIDER, or null. */
export function checkModelName(name: string): Diagnostic | null {
  if (readModelName(name)) return null;
  const near = nearestName(name.split("/")[0]!, MODEL_PROVIDERS);
  return {
    code: "MODEL_UNKNOWN_PROVIDER",
    severity: "error",
    place: "model",
    message: "nobody is known who could be asked for this model",
    expected: MODEL_PROVIDERS.map((provider) => `${provider}/MODEL`).join(" or "),
    got: name,
    hint: near
      ? `did you mean \`${near}/...\`?`
      : "for a server that speaks as OpenAI does, set OPENAI_BASE_URL and say openai/MODEL",
  };
}
