import type { Draft, Journal } from "../../../src/engine/journal.ts";

/** The process is gone, as far as the run can tell. */
export class CrashError extends Error {
  override readonly name = "CrashError";
}

export type Crash = { readonly at: number; readonly when: "before" | "after" };

/** A journal whose process dies at its k-th commit, counted from 1: just before it, or just after it. */
export function crashingJournal(
  inner: Journal,
  crash: Crash | null,
  counted: () => void = () => {},
): Journal {
  let commits = 0;
  const dying = <T>(commit: () => T): T => {
    commits++;
    counted();
    if (commits === crash?.at && crash.when === "before") throw new CrashError(`before commit ${commits}`);
    const value = commit();
    if (commits === crash?.at) throw new CrashError(`after commit ${commits}`);
    return value;
  };
  return {
    accept: (draft: Draft) => dying(() => inner.accept(draft)),
    enrol: (drafts) => dying(() => inner.enrol(drafts)),
    commit: (...args) => dying(() => inner.commit(...args)),
    claim: (runId) => inner.claim(runId),
    renew: (runIds) => inner.renew(runIds),
    release: (runIds) => inner.release(runIds),
    ownerOf: (runId) => inner.ownerOf(runId),
    read: (runId, after) => inner.read(runId, after),
    list: (query) => inner.list(query),
    edges: (runId) => inner.edges(runId),
    request: (runId, body) => inner.request(runId, body),
    requests: (runIds, options) => inner.requests(runIds, options),
    verify: (runId) => inner.verify(runId),
    close: () => inner.close(),
  };
}
