import type { Performer } from "../actors/ports.ts";

/** A hit loads nothing of the performer but what tells its dependence. */
export function lazyPerformer(
  name: string,
  load: () => Promise<Performer>,
  known: Required<Pick<Performer, "dependence" | "resources">>,
): Performer {
  const performer = lazily(load);
  return { name, ...known, perform: async (task, context) => (await performer()).perform(task, context) };
}

/** What a plan, a check or most runs never use is loaded when it is first used. */
export function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}

/** Functions of these names, which are loaded together when the first of them is called. */
export function lazyFunctions<Args extends readonly unknown[], Given>(
  names: readonly string[],
  load: () => Promise<Readonly<Record<string, (...args: Args) => Given | Promise<Given>>>>,
): Record<string, (...args: Args) => Promise<Given>> {
  const functions = lazily(load);
  return Object.fromEntries(
    names.map((name) => [name, async (...args: Args) => (await functions())[name]!(...args)]),
  );
}
