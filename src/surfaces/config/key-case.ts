import { isRecord, type RawConfig } from "./config-layer.ts";

/** Settings under the names that the file has for them: `maxSize` as `max_size`. */
export function snakeKeys(values: RawConfig): RawConfig {
  return renameKeys(values, snakeKey);
}

export function snakeKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Settings under the names that the program has for them. */
export function camelKeys(values: RawConfig): RawConfig {
  return renameKeys(values, camelKey);
}

export function camelKey(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function renameKeys(values: RawConfig, rename: (key: string) => string): RawConfig {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [rename(key), renamed(value, rename)]),
  );
}

function renamed(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  return isRecord(value) ? renameKeys(value, rename) : value;
}
