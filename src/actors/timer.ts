type Purpose = "timeout" | "backoff" | "approval" | "grace";

/** A deadline that a run sets: its own, or that of an attempt. While it is set it is known as the object that it is. */
export type Timer =
  | { readonly purpose: "deadline" }
  | { readonly purpose: Purpose; readonly path: string; readonly attempt: number };

/** How long the run itself may take. */
export const RUN_DEADLINE: Timer = { purpose: "deadline" };

const RUN_DEADLINE_ID = "run/deadline";
const PURPOSES: readonly string[] = ["timeout", "backoff", "approval", "grace"] satisfies Purpose[];

/** What journals hold of a timer: `path#attempt/purpose` or `run/deadline`; a person is asked before the first attempt, in attempt 0. */
export function timerId(timer: Timer): string {
  return timer.purpose === "deadline" ? RUN_DEADLINE_ID : `${timer.path}#${timer.attempt}/${timer.purpose}`;
}

/** What a timer id stands for; throws on one that is not ours. */
export function readTimerId(id: string): Timer {
  if (id === RUN_DEADLINE_ID) return RUN_DEADLINE;
  const mark = id.lastIndexOf("#");
  const [attempt, purpose] = id.slice(mark + 1).split("/");
  if (mark < 0 || purpose === undefined || !PURPOSES.includes(purpose))
    throw new Error(`timer id ${id} is not ours`);
  return { purpose: purpose as Purpose, path: id.slice(0, mark), attempt: Number(attempt) };
}
