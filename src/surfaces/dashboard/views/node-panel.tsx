import type { ModelNode, RunModel } from "../model/run-model.ts";
import { memoryText, percentText, spanText } from "../model/wording.ts";
import { MarkdownView } from "./markdown-view.tsx";
import { PhaseMark, RunMark } from "./phase-mark.tsx";
import { Statechart } from "./statechart.tsx";

export type NodePanelProps = {
  readonly model: RunModel;
  readonly path: string | null;
  readonly select: (path: string | null) => void;
};

/** What is chosen, in detail: its statechart with the state it is in, its times, its work. Nothing chosen: the run itself. */
export function NodePanel({ model, path, select }: NodePanelProps) {
  const node = path === null ? undefined : model.node(path);
  const back = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    document.querySelector<HTMLElement>(".timeline-body")?.focus();
  };
  return (
    <aside class="panel" id="node-panel" tabIndex={-1} aria-label="Details" onKeyDown={back}>
      {node ? <NodeDetails node={node} model={model} select={select} /> : <RunDetails model={model} />}
    </aside>
  );
}

function RunDetails({ model }: { readonly model: RunModel }) {
  return (
    <>
      <h2>The run</h2>
      <p>
        <RunMark status={model.phase} />
      </p>
      <Statechart machine="orchestrator" active={orchestratorState(model)} />
      {model.warnings.length > 0 ? (
        <ul class="alerts">
          {model.warnings.map(({ path, text, atMs }) => (
            <li key={`${path} ${atMs}`}>
              <strong>{path}</strong> {text}
            </li>
          ))}
        </ul>
      ) : null}
      <p class="dim">Choose an actor to see its own statechart and work.</p>
    </>
  );
}

function orchestratorState({ phase }: RunModel): string {
  return phase === "waiting" ? "admitting" : phase;
}

type NodeDetailsProps = { readonly node: ModelNode } & Omit<NodePanelProps, "path">;

function NodeDetails({ node, model, select }: NodeDetailsProps) {
  const { path, kind, phase, failure, said, question } = node;
  return (
    <>
      <div class="panel-head">
        <h2>{path}</h2>
        <button type="button" class="quiet" onClick={() => select(null)} title="To the run">
          <span aria-hidden="true">✕</span>
          <span class="unseen">Close: show the run</span>
        </button>
      </div>
      <p>
        <PhaseMark phase={phase} /> <span class="dim">{kind}</span>
      </p>
      {failure ? (
        <p class="failure">
          <code>{failure.code}</code> {failure.message}
          {failure.hint ? <span class="dim"> {failure.hint}</span> : null}
        </p>
      ) : null}
      {question ? <p class="question">{question.question}</p> : null}
      <Statechart machine={kind} active={kind === "agent" ? phase : groupState(node)} />
      <Facts node={node} model={model} />
      <Needs node={node} model={model} select={select} />
      {said ? (
        <section class="said" aria-label="What it said">
          <h3>
            What it said{" "}
            <span class="dim">{`${percentText(said.confidence.value)} ${said.confidence.source}`}</span>
          </h3>
          <MarkdownView text={said.output} />
        </section>
      ) : null}
    </>
  );
}

/** Groups tell their end alone: before it they wait for their first agent, or are at work. */
function groupState({ phase, kind }: ModelNode): string {
  if (phase === "blocked") return kind === "fork" ? "spawning" : "advancing";
  return phase;
}

function Facts({ node, model }: { readonly node: ModelNode; readonly model: RunModel }) {
  const { plan, spans, attempt, planned, cached, below, kind } = node;
  const start = model.startedAtMs ?? 0;
  const agent = plan?.kind === "agent" ? plan : null;
  return (
    <dl class="facts">
      {agent ? (
        <>
          <dt>Agent</dt>
          <dd>{agent.agent}</dd>
          <dt>Performer</dt>
          <dd>
            {agent.performer}
            {agent.model ? ` · ${agent.model}` : ""}
          </dd>
          <dt>Holds</dt>
          <dd>
            {agent.resources.cpu} {agent.resources.cpu === 1 ? "core" : "cores"},{" "}
            {memoryText(agent.resources.memoryMb)}
          </dd>
        </>
      ) : null}
      {plan?.template ? (
        <>
          <dt>Template</dt>
          <dd>
            {plan.template}
            {plan.step ? ` · ${plan.step}` : ""}
          </dd>
        </>
      ) : null}
      {kind === "agent" ? (
        <>
          <dt>Attempts</dt>
          <dd>{cached ? "none: from the cache" : attempt}</dd>
        </>
      ) : (
        <>
          <dt>Agents below</dt>
          <dd>
            {below.ended} of {below.agents} ended, {below.failed} failed
          </dd>
        </>
      )}
      {planned ? (
        <>
          <dt>Planned</dt>
          <dd>
            {spanText(planned.startMs)} to {spanText(planned.endMs)}
          </dd>
        </>
      ) : null}
      {spans.map(({ startMs, endMs }, index) => (
        <Attempt
          key={startMs}
          index={index}
          from={startMs - start}
          to={endMs === null ? null : endMs - start}
        />
      ))}
    </dl>
  );
}

type AttemptProps = { readonly index: number; readonly from: number; readonly to: number | null };

function Attempt({ index, from, to }: AttemptProps) {
  return (
    <>
      <dt>{index === 0 ? "Worked" : `Attempt ${index + 1}`}</dt>
      <dd>
        {spanText(from)} to {to === null ? "now" : spanText(to)}
      </dd>
    </>
  );
}

const NEEDS_SHOWN = 8;

function Needs({ node, model, select }: NodeDetailsProps) {
  const needs = node.plan?.needs ?? [];
  if (needs.length === 0) return null;
  return (
    <section aria-label="Needs">
      <h3>Waits for</h3>
      <ul class="needs">
        {needs.slice(0, NEEDS_SHOWN).map((path) => {
          const needed = model.node(path);
          return (
            <li key={path}>
              {needed ? <PhaseMark phase={needed.phase} short /> : null}{" "}
              <button type="button" class="link" onClick={() => select(path)}>
                {path}
              </button>
            </li>
          );
        })}
      </ul>
      {needs.length > NEEDS_SHOWN ? <p class="dim">and {needs.length - NEEDS_SHOWN} more</p> : null}
    </section>
  );
}
