import { z } from "zod";
import { count, mapping, url, usd, variable } from "./setting-forms.ts";

const PRICED = "a model's name such as openai/gpt-5, or its beginning and *";
const price = z.strictObject(
  {
    model: z
      .string({ error: PRICED })
      .regex(/^[^\s/*]+\/[^\s*]*\*?$/, { error: PRICED })
      .describe("The model, as `provider/model`, or the beginning of its name and `*`."),
    input_usd: usd.describe("USD for a million tokens that the model reads."),
    output_usd: usd.describe("USD for a million tokens that the model writes."),
    cached_input_usd: usd.optional().describe("USD for a million tokens that the provider has cached."),
    cache_write_usd: usd.optional().describe("USD for a million tokens that the provider puts in its cache."),
  },
  { error: mapping },
);

const NAMED = "a name: small letters, digits, _ and -";
/** Providers that are there without being declared. */
const BUILT_IN: readonly string[] = ["openai", "anthropic"];

const provider = z
  .strictObject(
    {
      name: z
        .string({ error: NAMED })
        .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, { error: NAMED })
        .describe("Models are asked as `NAME/MODEL`; openai and anthropic say more of those two."),
      base_url: url.optional().describe("Where it is reached, such as http://127.0.0.1:11434/v1."),
      key_env: variable
        .optional()
        .describe("The environment variable that holds its key; without it none is sent."),
      speaks: z
        .enum(["openai", "anthropic"], { error: "openai or anthropic" })
        .optional()
        .describe("How it is spoken to: chat completions, or Anthropic's messages; default openai."),
      calls_at_once: count(1, 1_000_000)
        .optional()
        .describe("Calls of it that may be under way at once; without it as many as there are."),
    },
    { error: mapping },
  )
  .refine(({ name, base_url }) => base_url !== undefined || BUILT_IN.includes(name), {
    error: "base_url: where it is reached",
  })
  .refine(({ name, speaks }) => speaks === undefined || speaks === name || !BUILT_IN.includes(name), {
    error: "another name, as this provider is built in",
  });

/** The settings of the section `models`. */
export const modelsShape = {
  max_output_tokens: count(16, 1_000_000).default(8_192).describe("Tokens that one answer may have."),
  providers: z
    .array(provider, { error: "a list of providers" })
    .max(100, { error: "at most 100 providers" })
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, { error: "each name once" })
    .optional()
    .describe("Who offers models, as a list, beside openai and anthropic."),
  prices: z
    .array(price, { error: "a list of prices" })
    .max(1_000, { error: "at most 1000 prices" })
    .optional()
    .describe(
      "What models take, as a list; before the built-in list, and of those that fit the last one counts.",
    ),
};
