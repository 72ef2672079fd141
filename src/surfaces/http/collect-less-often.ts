import { setFlagsFromString } from "node:v8";

/** How much may come to what a full collection has left before the next one, percent. */
export const GROWTH_SETTING = "--heap-growing-percent=200";

/**
 * Has V8 collect the whole heap once it is three times what the last full collection left: each one keeps requests waiting for some 100 ms, and V8 by itself
 * begins one the sooner the less there is to do. V8 reads the setting whenever it reckons its next limit, so that it may be said after the start; the most that the
 * heap may hold stays as it was. It holds for the whole process, so it is said by a command and never by the library.
 */
export function collectLessOften(): void {
  setFlagsFromString(GROWTH_SETTING);
}
