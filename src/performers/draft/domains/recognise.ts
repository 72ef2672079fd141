import { authentication } from "./authentication.ts";
import { cache } from "./cache.ts";
import type { Domain } from "./domain.ts";
import { engine } from "./engine.ts";
import { gateway } from "./gateway.ts";
import { genericDomain } from "./generic.ts";
import { inference } from "./inference.ts";
import { notification } from "./notification.ts";
import { parser } from "./parser.ts";
import { payment } from "./payment.ts";
import { platform } from "./platform.ts";
import { queryApi } from "./query-api.ts";
import { queue } from "./queue.ts";
import { registry } from "./registry.ts";
import { scheduler } from "./scheduler.ts";
import { search } from "./search.ts";
import { storage } from "./storage.ts";

/** Every domain that the rules know. */
export const DOMAINS: readonly Domain[] = [
  authentication,
  gateway,
  registry,
  cache,
  queue,
  parser,
  search,
  queryApi,
  scheduler,
  storage,
  payment,
  notification,
  engine,
  inference,
  platform,
];

/**
 * The domain that a topic speaks of: the greatest weight counts, then the phrase of more words, then the one that ends last
 * (English puts the head last: in "cache registry" it is the registry). The generic domain when none matches.
 */
export function recogniseDomain(topic: string): Domain {
  const text = ` ${
    topic
      .slice(0, 400)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(" ") ?? ""
  } `;
  let best: Domain | undefined;
  let bestScore = 0;
  for (const candidate of DOMAINS) {
    for (const word of candidate.words) {
      const at = text.lastIndexOf(` ${word.replace(/[^\p{L}\p{N}]+/gu, " ")} `);
      if (at < 0) continue;
      const score = candidate.weight * 1_000_000 + word.split(/[ -]/).length * 10_000 + at + word.length;
      if (score > bestScore) {
        best = candidate;
        bestScore = score;
      }
    }
  }
  return best ?? genericDomain(topic);
}
