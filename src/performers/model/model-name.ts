import type { Diagnostic } from "../../shared/diagnostic.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { LISTED_MODELS } from "./prices.ts";

/** `openai/gpt-5`: the provider, and the model as the provider calls it (which may hold more slashes). */
export type ModelName = { readonly provider: string; readonly model: string };

/** The parts of a name, or null where it has not both. */
export function readModelName(name: string): ModelName | null {
  const slash = name.indexOf("/");
  const model = name.slice(slash + 1);
  return slash > 0 && model !== "" ? { provider: name.slice(0, slash), model } : null;
}

/** Why a model cannot be asked of any of these providers: MODEL_UNKNOWN_PROVIDER, or null. */
export function checkModelName(name: string, providers: readonly string[]): Diagnostic | null {
  const read = readModelName(name);
  if (read && providers.includes(read.provider)) return null;
  const near = nearestName(read?.provider ?? name, providers);
  const listed = LISTED_MODELS.find((one) => one.endsWith(`/${name}`));
  const meant = listed ?? (near && `${near}/${read?.model ?? "..."}`);
  return {
    code: "MODEL_UNKNOWN_PROVIDER",
    severity: "error",
    place: "model",
    message: "nobody is known who could be asked for this model",
    expected: providers.map((provider) => `${provider}/MODEL`).join(" or "),
    got: name,
    hint: meant
      ? `did you mean \`${meant}\`?`
      : "declare who offers it under `models.providers`, with its base_url",
  };
}
