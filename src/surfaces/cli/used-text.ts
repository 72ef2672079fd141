import type { Usage } from "../../plan/outcome.ts";
import { counted } from "./style.ts";

/** What calls of models took, and the most that those took of which nobody told. */
export function usedText(usage: Usage, noun: string): string {
  const { calls, inputTokens, outputTokens, costMicros, untold } = usage;
  const told = `${counted(calls, noun)}, ${inputTokens + outputTokens} tokens, ${dollars(costMicros)}`;
  if (!untold) return told;
  const most = `at most ${untold.tokens} tokens, ${dollars(untold.costMicros)}`;
  return `${told}, and ${most} more: of ${untold.calls} nobody told what they took`;
}

function dollars(micros: number): string {
  return `$${(micros / 1_000_000).toFixed(4)}`;
}
