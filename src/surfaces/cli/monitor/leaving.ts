import { EXIT } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

const CTRL_C = "\u0003";

export type Leaving = {
  /** The exit code of whoever watches and wants to leave; undefined while nobody does. */
  code(): number | undefined;
  /** Resolves after so many ms, or as soon as somebody wants to leave. */
  pause(ms: number): Promise<void>;
  stop(): void;
};

/** Watches for the wish to leave a display: q, Ctrl-C, a signal, or a reader that has gone. Nothing else is stopped by it. */
export function watchLeaving({ stdin, stdout, onInterrupt }: Terminal): Leaving {
  let code: number | undefined;
  let wake = (): void => {};
  const leave = (wanted: number): void => {
    code ??= wanted;
    wake();
  };
  const typed = (keys: Buffer | string): void => {
    const text = String(keys);
    if (text.includes(CTRL_C)) leave(EXIT.interrupted);
    else if (/q/i.test(text)) leave(EXIT.succeeded);
  };
  const keyboard = stdin.isTTY === true && stdout.isTTY ? (stdin as NodeJS.ReadStream) : undefined;
  keyboard?.setRawMode?.(true);
  keyboard?.on("data", typed);
  const stopSignals = onInterrupt((signal) =>
    leave(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated),
  );
  stdout.onClosed(() => leave(EXIT.succeeded));
  return {
    code: () => code,
    pause: (ms) =>
      new Promise((resolve) => {
        if (code !== undefined) return resolve();
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    stop: () => {
      stopSignals();
      keyboard?.off("data", typed);
      keyboard?.setRawMode?.(false);
      // A stream that is read keeps the process alive.
      keyboard?.pause();
    },
  };
}
