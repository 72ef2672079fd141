type Purpose = "timeout" | "backoff" | "approval" | "grace";

/** What a timer is for; its id is stable, so that a journal can hold it: `path#attempt/purpose` or `run/deadline`. */
export type TimerName =
  | { readonly purpose: "deadline" }
  | { readonly purpose: Purpose; readonly path: string; readonly attempt: number };

const PURPOSES: readonly string[] = ["timeout", "backoff", "approval", "grace"] satisfies Purpose[];

/** The id of a timer of one attempt; a person is asked before the first, in attempt 0. */
export function timerId(path: string, attempt: number, purpose: Purpose): string {
  return `${path}#${attempt}/${purpose}`;
}

/** Whether a timer is the timeout of an attempt; asked of each that is set. */
export function isTimeout(id: string): boolean {
  return id.endsWith("/timeout");
}

/** What a timer id stands for; throws on one that is not ours. */
export function readTimerId(id: string): TimerName {
  if (id === "run/deadline") return { purpose: "deadline" };
  const mark = id.lastIndexOf("#");
  const [attempt, purpose] = id.slice(mark + 1).split("/");
  if (mark < 0 || purpose === undefined || !PURPOSES.includes(purpose))
    throw new Error(`timer id ${id} is not ours`);
  return { purpose: purpose as Purpose, path: id.slice(0, mark), attempt: Number(attempt) };
}
