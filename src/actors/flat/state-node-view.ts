/** What is read of XState's state nodes and transitions: internals of 5.33.3, which package.json names exactly. */
export type StateNodeView = {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly meta?: unknown;
  readonly tags: readonly string[];
  readonly entry: readonly ActionView[];
  readonly exit: readonly ActionView[];
  readonly output?: unknown;
  readonly always?: readonly TransitionView[];
  readonly invoke: readonly unknown[];
  readonly history: unknown;
  readonly transitions: ReadonlyMap<string, readonly TransitionView[]>;
  readonly states: Readonly<Record<string, StateNodeView>>;
  readonly initial?: { readonly target: readonly StateNodeView[]; readonly actions: readonly ActionView[] };
  readonly config: { readonly after?: unknown; readonly onDone?: unknown };
};

export type TransitionView = {
  readonly target?: readonly StateNodeView[];
  readonly source: StateNodeView;
  readonly reenter: boolean;
  readonly guard?: GuardView;
  readonly actions: readonly ActionView[];
};

export type Named = { readonly type: string; readonly params?: unknown };
export type ActionView = string | Named | ActionCode;
export type GuardView = string | Named | GuardCode;

/** An action's implementation; one of XState's own (assign, raise ...) says so by `resolve`. */
export type ActionCode = ((args: object, params: unknown) => void) & {
  readonly type?: string;
  readonly resolve?: (
    ...args: unknown[]
  ) => readonly [snapshot: unknown, params: unknown, actions?: readonly ActionCode[]];
  readonly execute?: (scope: unknown, params: unknown) => void;
  readonly retryResolve?: (scope: unknown, snapshot: unknown, params: unknown) => void;
  readonly assignment?: ((args: object, params: unknown) => Record<string, unknown>) | object;
  readonly collect?: unknown;
  readonly src?: unknown;
  readonly id?: unknown;
  readonly input?: unknown;
  readonly systemId?: unknown;
  readonly syncSnapshot?: unknown;
  readonly actorRef?: unknown;
};

/** A guard's implementation; one of XState's own (and, or, not) says so by `check`, and of which `guards` it is made. */
export type GuardCode = ((args: object, params: unknown) => boolean) & {
  readonly guards?: readonly GuardView[];
  readonly check?: (snapshot: unknown, args: object, guard: unknown) => boolean;
};
