import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { RunFeed } from "../model/run-feed.ts";

/** Draws again when the feed has something new, at most every `everyMs`; while it `isMoving` so often also when nothing is new. */
export function useFeed(feed: RunFeed, everyMs: number, isMoving = false): void {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  useEffect(() => {
    let last = Number.NEGATIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const draw = (): void => {
      last = performance.now();
      timer = isMoving ? setTimeout(draw, everyMs) : null;
      redraw();
    };
    const soon = (): void => {
      timer ??= setTimeout(draw, Math.max(0, last + everyMs - performance.now()));
    };
    const stop = feed.subscribe(soon);
    draw();
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [feed, everyMs, isMoving]);
}

/** The time, again every `everyMs`; null: it stands still. */
export function useNow(everyMs: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (everyMs === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export type Asked<T> = { readonly value: T | null; readonly error: Error | null; readonly again: () => void };

/** What the server answers, asked again every `everyMs` while the page is seen; the last answer stays when one fails. */
export function useAsked<T>(question: () => Promise<T>, everyMs: number | null = null): Asked<T> {
  const [state, setState] = useState<{ value: T | null; error: Error | null }>({ value: null, error: null });
  const [round, again] = useReducer<number, void>((count) => count + 1, 0);
  const asking = useRef(question);
  asking.current = question;
  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const go = async (): Promise<void> => {
      if (!document.hidden || round > 0) {
        try {
          const value = await asking.current();
          if (!isGone) setState({ value, error: null });
        } catch (error) {
          if (!isGone) setState(({ value }) => ({ value, error: error as Error }));
        }
      }
      if (!isGone && everyMs !== null) timer = setTimeout(go, everyMs);
    };
    void go();
    return () => {
      isGone = true;
      if (timer !== null) clearTimeout(timer);
    };
  }, [everyMs, round]);
  return { ...state, again };
}
