import { useMemo } from "preact/hooks";
import type { RunResult } from "../../run-result.ts";
import { type TracedBlock, traceAnswer } from "../model/provenance.ts";
import type { RunModel } from "../model/run-model.ts";
import { countText, moneyText, percentText } from "../model/wording.ts";
import { AnswerFiles } from "./answer-files.tsx";
import { BlockView } from "./markdown-view.tsx";

export type ResultViewProps = {
  readonly model: RunModel;
  readonly selected: string | null;
  readonly select: (path: string | null) => void;
};

/** The answer of a run. A block that is chosen shows the agent that it comes from. */
export function ResultView({ model, selected, select }: ResultViewProps) {
  const { result } = model;
  if (!result)
    return (
      <div class="empty">
        <p>The answer stands here once the run has ended.</p>
        <p>
          {model.agents > 0
            ? `${countText(doneOf(model))} of ${countText(model.agents)} agents are done.`
            : null}
        </p>
      </div>
    );
  return (
    <div class="result">
      <Figures result={result} />
      <Reasons result={result} />
      <Conflicts result={result} />
      <AnswerFiles artifacts={result.artifacts} select={select} />
      <AnswerText result={result} selected={selected} select={select} />
    </div>
  );
}

function doneOf({ counts }: RunModel): number {
  return counts.succeeded + counts.degraded + counts.failed + counts.cancelled + counts.skipped;
}

function Figures({ result: { quality, confidence, usage, results } }: { readonly result: RunResult }) {
  const ended = results.filter(({ status }) => status === "succeeded" || status === "degraded").length;
  return (
    <dl class="figures" aria-label="The result in figures">
      <div>
        <dt>Quality</dt>
        <dd>{percentText(quality.value)}</dd>
      </div>
      <div>
        <dt>Coverage</dt>
        <dd>{percentText(quality.coverage)}</dd>
      </div>
      <div>
        <dt>Agreement</dt>
        <dd>{quality.agreement === null ? "–" : percentText(quality.agreement)}</dd>
      </div>
      <div>
        <dt>Confidence</dt>
        <dd>
          {confidence === null ? "–" : percentText(confidence.value)}
          {confidence === null ? null : <span class="dim"> {confidence.source}</span>}
        </dd>
      </div>
      <div>
        <dt>Agents that did their work</dt>
        <dd>
          {countText(ended)} / {countText(results.length)}
        </dd>
      </div>
      <div>
        <dt>Model</dt>
        <dd>
          {usage.calls === 0
            ? "not asked"
            : `${countText(usage.calls)} calls, ${moneyText(usage.costMicros)}`}
        </dd>
      </div>
    </dl>
  );
}

const REASONS_SHOWN = 12;

function Reasons({ result: { reasons } }: { readonly result: RunResult }) {
  if (reasons.length === 0) return null;
  const causes = reasons.filter(({ code }) => code !== "NEEDS_FAILED");
  const followed = reasons.length - causes.length;
  return (
    <section class="reasons" aria-labelledby="reasons-title">
      <h2 id="reasons-title">Why it is not whole</h2>
      <ul>
        {causes.slice(0, REASONS_SHOWN).map(({ path, code, message }) => (
          <li key={`${path} ${code}`}>
            <code>{code}</code> {path === null ? "" : `${path}: `}
            {message}
          </li>
        ))}
      </ul>
      {causes.length > REASONS_SHOWN ? <p class="dim">and {causes.length - REASONS_SHOWN} more</p> : null}
      {followed > 0 ? (
        <p class="dim">
          {countText(followed)} {followed === 1 ? "agent" : "agents"} did not begin, as what they need had
          failed.
        </p>
      ) : null}
    </section>
  );
}

function Conflicts({ result: { conflicts } }: { readonly result: RunResult }) {
  if (conflicts.length === 0) return null;
  return (
    <section aria-labelledby="conflicts-title">
      <h2 id="conflicts-title">Conflicts, and how each was resolved</h2>
      <table class="conflicts">
        <thead>
          <tr>
            <th scope="col">About</th>
            <th scope="col">Said</th>
            <th scope="col">Holds</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {conflicts.map(({ kind, subject, scope, options, resolution }) => (
            <tr key={`${kind} ${scope} ${subject}`}>
              <td>{subject}</td>
              <td>{options.map(({ value, paths }) => `${short(value)} (${paths.length})`).join("; ")}</td>
              <td>{short(resolution.value)}</td>
              <td title={resolution.reason}>{resolution.by}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function AnswerText({
  result,
  selected,
  select,
}: { readonly result: RunResult } & Omit<ResultViewProps, "model">) {
  const blocks = useMemo(() => traceAnswer(result), [result]);
  if (blocks.length === 0) return <p class="dim">The answer is empty.</p>;
  return (
    <section class="answer" aria-labelledby="answer-title">
      <h2 id="answer-title">Answer</h2>
      <p class="dim">Choose a paragraph to see whose work it is.</p>
      {blocks.map((block) => (
        <Traced key={block.start} traced={block} selected={selected} select={select} />
      ))}
    </section>
  );
}

type TracedProps = { readonly traced: TracedBlock } & Omit<ResultViewProps, "model">;

function Traced({ traced: { block, from }, selected, select }: TracedProps) {
  const [first] = from;
  if (first === undefined)
    return (
      <div class="traced own">
        <BlockView block={block} />
      </div>
    );
  const isChosen = selected !== null && from.includes(selected);
  // The next of those who say the same, when one of them is chosen already.
  const choose = (): void => select(from[(from.indexOf(selected ?? "") + 1) % from.length]!);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same for keys
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in it does the same for keys
    <div class={isChosen ? "traced chosen" : "traced"} onClick={choose}>
      <BlockView block={block} />
      <button
        type="button"
        class="source"
        aria-pressed={isChosen}
        title={from.join("\n")}
        onClick={(event) => {
          event.stopPropagation();
          choose();
        }}
      >
        <span class="unseen">Whose work: </span>
        {first}
        {from.length > 1 ? ` +${from.length - 1}` : ""}
      </button>
    </div>
  );
}
