/** What a model takes, in micro-USD for a million tokens: whole numbers, so that sums are exact. */
export type Price = {
  readonly inputMicros: number;
  /** Input that the provider had in its prefix cache. */
  readonly cachedInputMicros: number;
  /** Input that the provider puts in its prefix cache. */
  readonly cacheWriteMicros: number;
  readonly outputMicros: number;
};

/** A price of the user's: `model` is a name, or its beginning and `*`; USD for a million tokens. */
export type PriceSetting = {
  readonly model: string;
  readonly inputUsd: number;
  readonly outputUsd: number;
  readonly cachedInputUsd?: number | undefined;
  readonly cacheWriteUsd?: number | undefined;
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

/** Names of models whose prices are listed. */
export const LISTED_MODELS: readonly string[] = Object.keys(LIST);

/**
 * What a model takes: by the last setting that fits, else by the list, a dated snapshot as its model; null: not known. `speaks`: the
 * language of its provider, which says how writing to its cache is counted.
 */
export function priceOf(
  model: string,
  settings: readonly PriceSetting[],
  speaks: "openai" | "anthropic" | undefined = undefined,
): Price | null {
  const own = settings.findLast((one) =>
    one.model.endsWith("*") ? model.startsWith(one.model.slice(0, -1)) : model === one.model,
  );
  const isAnthropic = speaks === "anthropic" || model.startsWith("anthropic/");
  const writing = isAnthropic ? ANTHROPIC_CACHE_WRITE : 1;
  if (own)
    return toPrice({
      input: own.inputUsd,
      cached: own.cachedInputUsd ?? own.inputUsd,
      written: own.cacheWriteUsd ?? own.inputUsd * writing,
      output: own.outputUsd,
    });
  const listed = model.replace(/-\d{4}-?\d{2}-?\d{2}$/, "");
  if (!Object.hasOwn(LIST, listed)) return null;
  const [input, cached, output] = LIST[listed]!;
  return toPrice({ input, cached, written: input * writing, output });
}

/** What Anthropic takes for input that it puts in its cache, over other input. */
const ANTHROPIC_CACHE_WRITE = 1.25;

type Tokens = {
  readonly input: number;
  /** Of the input: read from the provider's cache. */
  readonly cached: number;
  /** Of the input: put in the provider's cache. */
  readonly written: number;
  readonly output: number;
};

/** Micro-USD for some tokens, rounded up. */
export function costMicros(price: Price, { input, cached, written, output }: Tokens): number {
  const fresh = Math.max(0, input - cached - written);
  const millionths =
    fresh * price.inputMicros +
    cached * price.cachedInputMicros +
    written * price.cacheWriteMicros +
    output * price.outputMicros;
  return Math.ceil(millionths / 1_000_000);
}

function toPrice({ input, cached, written, output }: Tokens): Price {
  const micros = (usd: number): number => Math.round(usd * 1_000_000);
  return {
    inputMicros: micros(input),
    cachedInputMicros: micros(cached),
    cacheWriteMicros: micros(written),
    outputMicros: micros(output),
  };
}
