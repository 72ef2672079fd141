import { useState } from "preact/hooks";
import type { Question } from "../../../actors/question.ts";
import { api } from "../model/api.ts";
import type { RunModel } from "../model/run-model.ts";
import { momentText } from "../model/wording.ts";
import { announce } from "./announcer.tsx";
import { Problem } from "./problem.tsx";

const SHOWN_MAX = 5;

/** What people are asked, with what they may say. */
export function Approvals({ model }: { readonly model: RunModel }) {
  const { questions, runId } = model;
  if (questions.length === 0 || model.endedAtMs !== null) return null;
  return (
    <section class="approvals" aria-label="Waits for you">
      {questions.slice(0, SHOWN_MAX).map((question) => (
        <Asked key={`${question.path}#${question.askedBy ?? 0}`} runId={runId} question={question} />
      ))}
      {questions.length > SHOWN_MAX ? <p class="dim">and {questions.length - SHOWN_MAX} more</p> : null}
    </section>
  );
}

function Asked({ runId, question }: { readonly runId: string; readonly question: Question }) {
  const { path, asks, choices, untilMs } = question;
  const [error, setError] = useState<Error | null>(null);
  const [isSent, setSent] = useState(false);
  const decide = (approved: boolean, answer?: string): void => {
    setError(null);
    setSent(true);
    api.decide(runId, question, approved, answer).then(
      () => announce(approved ? `Approved: ${path}` : `Rejected: ${path}`),
      (problem: Error) => {
        setSent(false);
        setError(problem);
      },
    );
  };
  return (
    <div class="approval">
      <div class="approval-text">
        <p class="question">{question.question}</p>
        <p class="dim">
          {path}
          {untilMs === undefined ? "" : `, until ${momentText(untilMs, Date.now())}`}
        </p>
        {error ? <Problem error={error} /> : null}
      </div>
      <div class="buttons">
        {asks === "answer" ? (
          <Answers path={path} choices={choices} isSent={isSent} send={(answer) => decide(true, answer)} />
        ) : (
          <button type="button" class="primary" disabled={isSent} onClick={() => decide(true)}>
            Approve<span class="unseen"> {path}</span>
          </button>
        )}
        <button type="button" class="danger" disabled={isSent} onClick={() => decide(false)}>
          Reject<span class="unseen"> {path}</span>
        </button>
      </div>
    </div>
  );
}

type AnswersProps = {
  readonly path: string;
  readonly choices: readonly string[] | undefined;
  readonly isSent: boolean;
  readonly send: (answer: string) => void;
};

function Answers({ path, choices, isSent, send }: AnswersProps) {
  const [text, setText] = useState("");
  if (choices)
    return (
      <>
        {choices.map((choice) => (
          <button key={choice} type="button" class="primary" disabled={isSent} onClick={() => send(choice)}>
            {choice}
          </button>
        ))}
      </>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") send(text);
      }}
    >
      <input
        aria-label={`Your answer to ${path}`}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <button type="submit" class="primary" disabled={isSent || text.trim() === ""}>
        Answer
      </button>
    </form>
  );
}
