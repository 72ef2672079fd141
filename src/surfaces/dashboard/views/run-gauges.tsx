import type { RunFeed } from "../model/run-feed.ts";
import type { RunModel } from "../model/run-model.ts";
import { countText, memoryText, moneyText } from "../model/wording.ts";
import { Gauge } from "./gauge.tsx";
import { UsageChart } from "./usage-chart.tsx";

const cores = (value: number): string => String(Math.round(value * 10) / 10);

/** What the run has in use of what there is, what waits, and what it has spent. */
export function RunGauges({ feed }: { readonly feed: RunFeed }) {
  const { model } = feed;
  const { plan, counts } = model;
  if (!plan) return null;
  const { capacity } = plan;
  // Nothing is in use once it has ended: then the most that was tells more.
  const [used, most] = model.endedAtMs === null ? [model.inUse, ""] : [model.peak, ", at most"];
  return (
    <section class="gauges" aria-label="In use">
      <div class="gauge-set">
        <Gauge name={`Agents at work${most}`} value={used.agents ?? 0} most={capacity.agents} />
        <Gauge name={`Cores${most}`} value={used.cpu ?? 0} most={capacity.cpu} text={cores} />
        <Gauge name={`Memory${most}`} value={used.memoryMb ?? 0} most={capacity.memoryMb} text={memoryText} />
        <Gauge name="Ready, waiting for a place" value={counts.ready} most={0} />
        <Spent model={model} />
      </div>
      <UsageChart feed={feed} />
    </section>
  );
}

/** What models have taken: of the run's budget, or where it has none of the most that its plan may take. */
function Spent({ model: { plan, budget, usage } }: { readonly model: RunModel }) {
  const tokens = plan!.bounds.tokens.atMost;
  if (tokens === 0 && usage.tokens === 0)
    return <Gauge name="Model calls" value={usage.calls} most={0} text={countText} />;
  const { maxTokens, maxCostMicros } = budget;
  const of = (limit: number | undefined): string =>
    limit === undefined ? "of the plan's most" : "of the budget";
  return (
    <>
      <Gauge name={`Tokens, ${of(maxTokens)}`} value={usage.tokens} most={maxTokens ?? tokens} />
      <Gauge
        name={`Money, ${of(maxCostMicros)}`}
        value={usage.costMicros}
        most={maxCostMicros ?? plan!.bounds.costMicros.atMost}
        text={moneyText}
      />
    </>
  );
}
