import type { Secrets } from "../../shared/secrets.ts";
import type { Output, Terminal } from "./terminal.ts";

/**
 * The same terminal, on which no secret is shown. What is data (an answer, a formatted program) is written past it: a text
 * that a person asked for must not be changed.
 */
export function cleanTerminal(terminal: Terminal, secrets: Pick<Secrets, "text" | "learnText">): Terminal {
  return {
    ...terminal,
    stdout: cleanOutput(terminal.stdout, secrets),
    stderr: cleanOutput(terminal.stderr, secrets),
    learn: (text) => secrets.learnText(text),
  };
}

function cleanOutput(output: Output, secrets: Pick<Secrets, "text">): Output {
  const clean = (text: string): string => secrets.text(text);
  return {
    write: (text) => output.write(clean(text)),
    clean,
    isTTY: output.isTTY,
    get closed() {
      return output.closed;
    },
    ...(output.stream ? { stream: output.stream } : {}),
    onClosed: (listener) => output.onClosed(listener),
  };
}
