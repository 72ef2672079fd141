import type { RunFeed } from "../model/run-feed.ts";
import { countText, memoryText, moneyText } from "../model/wording.ts";
import { Gauge } from "./gauge.tsx";
import { UsageChart } from "./usage-chart.tsx";

const cores = (value: number): string => String(Math.round(value * 10) / 10);

/** What the run has in use of what there is, what waits, and what it has spent. */
export function RunGauges({ feed }: { readonly feed: RunFeed }) {
  const { model } = feed;
  const { plan, counts, usage } = model;
  if (!plan) return null;
  const { capacity, bounds } = plan;
  // Nothing is in use once it has ended: then the most that was tells more.
  const [used, most] = model.endedAtMs === null ? [model.inUse, ""] : [model.peak, ", at most"];
  return (
    <section class="gauges" aria-label="In use">
      <div class="gauge-set">
        <Gauge name={`Agents at work${most}`} value={used.agents ?? 0} most={capacity.agents} />
        <Gauge name={`Cores${most}`} value={used.cpu ?? 0} most={capacity.cpu} text={cores} />
        <Gauge name={`Memory${most}`} value={used.memoryMb ?? 0} most={capacity.memoryMb} text={memoryText} />
        <Gauge name="Ready, waiting for a place" value={counts.ready} most={0} />
        {bounds.tokens.atMost > 0 || usage.tokens > 0 ? (
          <>
            <Gauge name="Tokens, of the plan's most" value={usage.tokens} most={bounds.tokens.atMost} />
            <Gauge
              name="Money, of the plan's most"
              value={usage.costMicros}
              most={bounds.costMicros.atMost}
              text={moneyText}
            />
          </>
        ) : (
          <Gauge name="Model calls" value={usage.calls} most={0} text={countText} />
        )}
      </div>
      <UsageChart feed={feed} />
    </section>
  );
}
