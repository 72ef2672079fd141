import type { Alert } from "../model/api.ts";
import { addressOf } from "../model/route.ts";
import { agoText } from "../model/wording.ts";

/** The alerts that are on. */
export function AlertList({ alerts, now }: { readonly alerts: readonly Alert[]; readonly now: number }) {
  if (alerts.length === 0) return <p class="dim">None.</p>;
  return (
    <ul class="alerts">
      {alerts.map(({ id, rule, subject, text, sinceMs }) => (
        <li key={id}>
          <strong>{rule}</strong> {text} <span class="dim">{agoText(sinceMs, now)}</span>{" "}
          {subject.startsWith("r_") ? (
            <a href={addressOf({ page: "run", runId: subject, tab: "timeline" })}>the run</a>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
