import { workerData } from "node:worker_threads";
import { CLOSE, type ThreadStart } from "./thread.ts";

export type Answering<Question, Answer> = {
  readonly answer: (question: Question) => Answer | Promise<Answer>;
  readonly close: () => void;
};

/** The side of a `Thread` that runs in the thread; `begin` is given the thread's data. */
export function answerQuestions<Data, Question, Answer>(
  begin: (data: Data) => Answering<Question, Answer>,
): void {
  const { data, port, closed } = workerData as ThreadStart;
  const { answer, close } = begin(data as Data);
  const finish = (): void => {
    try {
      close();
    } finally {
      Atomics.store(closed, 0, 1);
      Atomics.notify(closed, 0);
    }
  };
  let turn: Promise<void> = Promise.resolve();
  port.on("message", (question: Question | typeof CLOSE) => {
    turn = turn.then(async () => {
      if (question === CLOSE) finish();
      else port.postMessage(await answer(question));
    });
  });
}
