import type { LanguageModelV4 } from "@ai-sdk/provider";
import { LIMITS } from "../../shared/limits.ts";
import type { ProviderAccess } from "./provider-access.ts";
import { type AnswerForm, providerFetch } from "./provider-fetch.ts";

/** A character of an answer takes so many bytes of a response at most: six, escaped in JSON, twice for whoever repeats it. */
const BYTES_PER_CHARACTER = 12;

/** The model of a provider, by its own name for it, by the AI SDK's provider packages; only the one that is asked is loaded. */
export async function languageModel(
  model: string,
  { speaks, apiKey, baseUrl, door }: ProviderAccess,
  form: AnswerForm,
): Promise<LanguageModelV4> {
  const fetch = providerFetch(BYTES_PER_CHARACTER * LIMITS.modelAnswerCharacters, form, door);
  const settings = { apiKey, baseURL: baseUrl, fetch };
  switch (speaks) {
    case "openai": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      // Chat completions are what every compatible server speaks.
      return createOpenAI(settings).chat(model);
    }
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      return createAnthropic(settings).languageModel(model);
    }
  }
}
