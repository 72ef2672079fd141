import { useState } from "preact/hooks";
import type { Plan } from "../../../plan/plan.ts";
import { api } from "../model/api.ts";
import { countText, moneyText, spanText } from "../model/wording.ts";
import { go } from "./app.tsx";
import { Problem } from "./problem.tsx";

/** A program to run, or to look at first. */
export function CommandBox() {
  const [command, setCommand] = useState("");
  const [plan, setPlan] = useState<Plan | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (problem) {
      setPlan(null);
      setError(problem as Error);
    }
    setBusy(false);
  };
  const run = (event?: Event): void => {
    event?.preventDefault();
    if (command.trim() === "") return;
    void attempt(async () => {
      const { runId } = await api.execute(command);
      go({ page: "run", runId, tab: "timeline" });
    });
  };
  const look = (): void => void attempt(async () => setPlan((await api.plan(command)).plan));
  return (
    <form class="command" onSubmit={run}>
      <label class="unseen" for="command">
        Program
      </label>
      <textarea
        id="command"
        rows={Math.min(8, command.split("\n").length)}
        spellcheck={false}
        placeholder={"ABYSSAL[CODE]('authentication service')"}
        value={command}
        onInput={({ currentTarget }) => setCommand(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
        }}
      />
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy || command.trim() === ""}>
          Run
        </button>
        <button type="button" disabled={isBusy || command.trim() === ""} onClick={look}>
          Plan
        </button>
      </div>
      {error ? <Problem error={error} /> : null}
      {plan ? <PlanLine plan={plan} /> : null}
    </form>
  );
}

function PlanLine({ plan: { bounds, levels, schedule } }: { readonly plan: Plan }) {
  const { agents, costMicros, tokens } = bounds;
  return (
    <p class="plan-line" role="status">
      {countText(agents.expected)} agents in {levels.length} levels, about {spanText(schedule.makespanMs)}
      {costMicros.atMost > 0
        ? `; at most ${countText(tokens.atMost)} tokens and ${moneyText(costMicros.atMost)}`
        : "; no model is asked"}
    </p>
  );
}
