/** What a model takes, in micro-USD for a million tokens: whole numbers, so that sums are exact. */
export type Price = {
  readonly inputMicros: number;
  /** Input that the provider had in its prefix cache. */
  readonly cachedInputMicros: number;
  readonly outputMicros: number;
};

/** A price of the user's: `model` is a name, or its beginning and `*`; USD for a million tokens. */
export type PriceSetting = {
  readonly model: string;
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly cachedInputUsd?: number | undefined;
};

/** USD for a million tokens: input, cached input, output. List prices of 2025, which providers change: settings go before them. */
const LIST: Readonly<Record<string, readonly [number, number, number]>> = {
  "openai/gpt-5": [1.25, 0.125, 10],
  "openai/gpt-5-mini": [0.25, 0.025, 2],
  "openai/gpt-5-nano": [0.05, 0.005, 0.4],
  "openai/gpt-4.1": [2, 0.5, 8],
  "openai/gpt-4.1-mini": [0.4, 0.1, 1.6],
  "openai/gpt-4.1-nano": [0.1, 0.025, 0.4],
  "openai/gpt-4o": [2.5, 1.25, 10],
  "openai/gpt-4o-mini": [0.15, 0.075, 0.6],
  "openai/o3": [2, 0.5, 8],
  "openai/o4-mini": [1.1, 0.275, 4.4],
  "anthropic/claude-opus-4-1": [15, 1.5, 75],
  "anthropic/claude-sonnet-4-5": [3, 0.3, 15],
  "anthropic/claude-haiku-4-5": [1, 0.1, 5],
};

/** What a model takes: by the last setting that fits, else by the list, a dated snapshot as its model; null: not known. */
export function priceOf(model: string, settings: readonly PriceSetting[]): Price | null {
  const own = settings.findLast((one) =>
    one.model.endsWith("*") ? model.startsWith(one.model.slice(0, -1)) : model === one.model,
  );
  if (own) return toPrice(own.inputUsd, own.cachedInputUsd ?? own.inputUsd, own.outputUsd);
  const listed = model.replace(/-\d{4}-?\d{2}-?\d{2}$/, "");
  return Object.hasOwn(LIST, listed) ? toPrice(...LIST[listed]!) : null;
}

/** Micro-USD for some tokens, rounded up; `cached` of the input tokens come from the provider's cache. */
export function costMicros(price: Price, tokens: { input: number; cached: number; output: number }): number {
  const fresh = Math.max(0, tokens.input - tokens.cached);
  const millionths =
    fresh * price.inputMicros + tokens.cached * price.cachedInputMicros + tokens.output * price.outputMicros;
  return Math.ceil(millionths / 1_000_000);
}

function toPrice(input: number, cached: number, output: number): Price {
  const [inputMicros, cachedInputMicros, outputMicros] = [input, cached, output].map((usd) =>
    Math.round(usd * 1_000_000),
  );
  return { inputMicros: inputMicros!, cachedInputMicros: cachedInputMicros!, outputMicros: outputMicros! };
}
