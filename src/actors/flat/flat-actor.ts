import { Actor, type AnyActorRef, type AnyStateMachine, createActor } from "xstate";

/** XState's `ProcessingStatus`. */
const STATUS = { notStarted: 0, running: 1, stopped: 2 } as const;

/** What a parent gives to its child. */
type ChildOptions = {
  readonly id: string;
  readonly src: string;
  readonly parent: AnyActorRef;
  readonly input: unknown;
};

/** What is read of XState's actors and systems: internals of 5.33.3, which package.json names exactly. */
type SystemView = {
  readonly scheduler: { cancelAll(actor: unknown): void };
  readonly _clock: unknown;
  readonly _logger: unknown;
  _bookId(): string;
};
type Listeners = ReadonlyMap<string, ReadonlySet<(event: object) => void>>;
type ActorView = {
  update(snapshot: object, event: object): void;
  subscribe(...observers: unknown[]): unknown;
  on(...handlers: unknown[]): unknown;
};
/** What is read of a snapshot. */
type Life = {
  readonly status: "active" | "done" | "error";
  readonly output?: unknown;
  readonly error?: unknown;
  readonly children: Readonly<Record<string, AnyActorRef>>;
};
type Event = { readonly type: string };
type Letter = { readonly event: Event; next: Letter | null };

// Read by everybody and written by nobody: whoever has something to put in is given one of its own.
const NO_OBSERVERS: Set<unknown> = new Set();
const NO_LISTENERS: Listeners = new Map();
const NO_OPTIONS = {};
const INIT = { type: "xstate.init" };
const NOTHING_DEFERRED: (() => void)[] = [];

const flatMachines = new WeakSet<AnyStateMachine>();

const native = Actor.prototype as unknown as ActorView;

/**
 * Purpose: XState's `Actor` for a child that a flat machine runs, at a quarter of its memory: it is its own scope and has
 * observers, listeners and deferred actions only when there are any, and goes through its life without telling an inspector of
 * each step. All else it inherits. What would be a private method is none: each class that has one costs every actor a field.
 * Owns: what an `Actor` owns. `send` must be called on it: it is not bound.
 */
export class FlatActor {
  declare _complete: () => void;
  declare _error: (error: unknown) => void;
  readonly logic: AnyStateMachine;
  _snapshot: unknown = undefined;
  readonly id: string;
  observers = NO_OBSERVERS;
  eventListeners = NO_LISTENERS;
  _processingStatus: number = STATUS.notStarted;
  /** The mailbox, which with XState is an object of its own: what is being dealt with comes first. */
  _isOpen = false;
  _current: Letter | null = null;
  _last: Letter | null = null;
  readonly _parent: AnyActorRef;
  _sessionId: string | undefined = undefined;
  readonly system: SystemView;
  _doneEvent: unknown = undefined;
  readonly src: string;
  _deferred = NOTHING_DEFERRED;

  /** Says of a machine that its actors may be these. */
  static runs(machine: AnyStateMachine): void {
    flatMachines.add(machine);
  }

  /** The actor for a child: one of these where it can be. */
  static for(logic: AnyStateMachine, options: ChildOptions): AnyActorRef {
    return flatMachines.has(logic)
      ? (new FlatActor(logic, options) as unknown as AnyActorRef)
      : createActor(logic, { ...options, syncSnapshot: false } as never);
  }

  constructor(logic: AnyStateMachine, options: ChildOptions) {
    this.logic = logic;
    this.id = options.id;
    this.src = options.src;
    this._parent = options.parent;
    this.system = options.parent.system as unknown as SystemView;
    try {
      this._snapshot = logic.getInitialSnapshot(this as never, options.input as never);
    } catch (error) {
      this._snapshot = { status: "error", output: undefined, error };
    }
  }

  /**
   * As XState's, for an actor that has no system id, no inspector's snapshots to sync and nothing to rehydrate. It does not register:
   * a system keeps who has, but only gives out those that have a system id.
   */
  start(): this {
    if (this._processingStatus === STATUS.running) return this;
    this._processingStatus = STATUS.running;
    const { status, children, error } = this._snapshot as Life;
    if (status === "error") {
      this._error(error);
      return this;
    }
    if (status === "active") for (const id in children) startIfActive(children[id]!);
    this._become(this._snapshot as Life, INIT);
    if (status === "active") {
      this._isOpen = true;
      this._flush();
    }
    return this;
  }

  _process(event: Event): void {
    let next: unknown;
    try {
      next = this.logic.transition(this._snapshot as never, event as never, this as never);
    } catch (error) {
      this._snapshot = { ...(this._snapshot as object), status: "error", error };
      this._error(error);
      return;
    }
    this._become(next as Life, event);
    if (event.type === "xstate.stop") {
      this._stopProcedure();
      this._complete();
    }
  }

  /** What XState calls `update`, where nobody observes the actor and nothing goes wrong; else XState itself. */
  _become(snapshot: Life, event: object): void {
    if (this.observers.size > 0) {
      native.update.call(this, snapshot, event);
      return;
    }
    this._snapshot = snapshot;
    if (this._deferred.length > 0) this._actDeferred(snapshot);
    const { status, output, error } = this._snapshot as Life;
    if (status === "error") this._error(error);
    if (status !== "done") return;
    this._stopProcedure();
    if (this.eventListeners.size > 0) this._complete();
    this._doneEvent = { type: doneType(this.id), output, actorId: this.id };
    (this._parent as unknown as { _send(event: object): void })._send(this._doneEvent as object);
  }

  _actDeferred(snapshot: Life): void {
    while (this._deferred.length > 0) {
      const kept = this._deferred;
      this._deferred = NOTHING_DEFERRED;
      try {
        for (const act of kept) act();
      } catch (error) {
        this._deferred = NOTHING_DEFERRED;
        this._snapshot = { ...snapshot, status: "error", error };
      }
    }
  }

  /** Nobody inspects what tables run: an event goes straight to its actor. */
  send(event: object): void {
    this._send(event);
  }

  _send(event: object): void {
    if (this._processingStatus !== STATUS.stopped) this._enqueue(event as Event);
  }

  _enqueue(event: Event): void {
    const letter: Letter = { event, next: null };
    if (this._current) {
      this._last!.next = letter;
      this._last = letter;
      return;
    }
    this._current = letter;
    this._last = letter;
    if (this._isOpen) this._flush();
  }

  _flush(): void {
    for (let letter = this._current; letter; letter = this._current) {
      this._process(letter.event);
      this._current = letter.next;
    }
    this._last = null;
  }

  /** What is being dealt with stays the first, or a letter that comes meanwhile would be dealt with inside of it. */
  _clear(): void {
    if (!this._current) return;
    this._current.next = null;
    this._last = this._current;
  }

  _stop(): this {
    if (this._processingStatus === STATUS.stopped) return this;
    this._clear();
    if (this._processingStatus === STATUS.notStarted) this._processingStatus = STATUS.stopped;
    else this._enqueue({ type: "xstate.stop" });
    return this;
  }

  /** Booked when it is asked for. */
  get sessionId(): string {
    this._sessionId ??= this.system._bookId();
    return this._sessionId;
  }

  get self(): this {
    return this;
  }

  /** Nobody reads an actor's input once its context is made. */
  get options(): object {
    return NO_OPTIONS;
  }

  get ref(): this {
    return this;
  }

  get _actorScope(): this {
    return this;
  }

  get _syncSnapshot(): boolean {
    return false;
  }

  get clock(): unknown {
    return this.system._clock;
  }

  get logger(): unknown {
    return this.system._logger;
  }

  defer(act: () => void): void {
    if (this._deferred === NOTHING_DEFERRED) this._deferred = [act];
    else this._deferred.push(act);
  }

  stopChild(child: { readonly _parent: unknown; readonly id: string; _stop(): void }): void {
    if (child._parent !== this) throw new Error(`actor ${this.id} cannot stop ${child.id}: not its child`);
    child._stop();
  }

  emit(event: { readonly type: string }): void {
    for (const type of [event.type, "*"])
      for (const tell of this.eventListeners.get(type) ?? []) {
        try {
          tell(event);
        } catch (error) {
          // A listener's mistake is its own, as with XState.
          void Promise.reject(error);
        }
      }
  }

  actionExecutor(action: {
    info: object;
    params: unknown;
    exec?: (info: object, params: unknown) => void;
  }): void {
    const act = (): void => action.exec?.(action.info, action.params);
    if (this._processingStatus === STATUS.running) act();
    else this.defer(act);
  }

  subscribe(...observers: unknown[]): unknown {
    if (this.observers === NO_OBSERVERS) this.observers = new Set();
    return native.subscribe.apply(this, observers);
  }

  on(...handlers: unknown[]): unknown {
    if (this.eventListeners === NO_LISTENERS) this.eventListeners = new Map();
    return native.on.apply(this, handlers);
  }

  _stopProcedure(): this {
    if (this._processingStatus !== STATUS.running) return this;
    this.system.scheduler.cancelAll(this);
    this._clear();
    this._processingStatus = STATUS.stopped;
    return this;
  }
}
Object.setPrototypeOf(FlatActor.prototype, Actor.prototype);

/** Ids are few and small numbers: one text for each is hashed once, and not for each actor's end. */
const doneTypes = new Map<string, string>();
const DONE_TYPES = 1_024;

function doneType(id: string): string {
  const known = doneTypes.get(id);
  if (known !== undefined) return known;
  const type = `xstate.done.actor.${id}`;
  if (doneTypes.size < DONE_TYPES) doneTypes.set(id, type);
  return type;
}

function startIfActive(child: AnyActorRef): void {
  if (child.getSnapshot().status === "active") child.start();
}
