import { vi } from "vitest";

/** What became of a call: it was made, refused, or waits. */
export type Standing = "waits" | "made" | "refused";

/** Lets everything that is due by now happen, without any time passing. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** cockatiel reads `Date.now`: only that is faked, and set by hand. */
export async function withFakeDate(work: (setNow: (ms: number) => void) => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: 0 });
  try {
    await work((ms) => void vi.setSystemTime(ms));
  } finally {
    vi.useRealTimers();
  }
}
