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
  _register(sessionId: string, actor: unknown): void;
  _unregister(actor: unknown): void;
  _sendInspectionEvent(event: object): void;
};
type Listeners = ReadonlyMap<string, ReadonlySet<(event: object) => void>>;
type ActorView = {
  update(snapshot: object, event: object): void;
  subscribe(...observers: unknown[]): unknown;
  on(...handlers: unknown[]): unknown;
  _process(event: object): void;
  _initState(): void;
};
/** What is read of a snapshot. */
type Life = {
  readonly status: "active" | "done" | "error";
  readonly output?: unknown;
  readonly error?: unknown;
  readonly children: Readonly<Record<string, AnyActorRef>>;
};
type Letter = { readonly event: object; next: Letter | null };

// Read by everybody and written by nobody: whoever has something to put in is given one of its own.
const NO_OBSERVERS: Set<unknown> = new Set();
const NO_LISTENERS: Listeners = new Map();
const NO_OPTIONS = {};
const INIT = { type: "xstate.init" };
const NOTHING_DEFERRED: (() => void)[] = [];

const flatMachines = new WeakSet<AnyStateMachine>();

const native = Actor.prototype as unknown as ActorView;

/** XState's `Mailbox`, which asks for a function of its own for each actor. */
class Mailbox {
  readonly #actor: Pick<ActorView, "_process">;
  #isOpen = false;
  #current: Letter | null = null;
  #last: Letter | null = null;

  constructor(actor: Pick<ActorView, "_process">) {
    this.#actor = actor;
  }

  start(): void {
    this.#isOpen = true;
    this.#flush();
  }

  /** What is being dealt with stays the first, or a letter that comes meanwhile would be dealt with inside of it. */
  clear(): void {
    if (!this.#current) return;
    this.#current.next = null;
    this.#last = this.#current;
  }

  enqueue(event: object): void {
    const letter: Letter = { event, next: null };
    if (this.#current) {
      this.#last!.next = letter;
      this.#last = letter;
      return;
    }
    this.#current = letter;
    this.#last = letter;
    if (this.#isOpen) this.#flush();
  }

  #flush(): void {
    for (let letter = this.#current; letter; letter = this.#current) {
      this.#actor._process(letter.event);
      this.#current = letter.next;
    }
    this.#last = null;
  }
}

/**
 * Purpose: XState's `Actor` for a child that a flat machine runs, at a quarter of its memory: it is its own scope and has
 * observers, listeners and deferred actions only when there are any, and goes through its life without telling an inspector of
 * each step. All else it inherits.
 * Owns: what an `Actor` owns. `send` must be called on it: it is not bound.
 */
export class FlatActor {
  declare _initState: () => void;
  declare _complete: () => void;
  declare _error: (error: unknown) => void;
  readonly logic: AnyStateMachine;
  _snapshot: unknown = undefined;
  readonly clock: unknown;
  options: Partial<ChildOptions>;
  readonly id: string;
  readonly mailbox: Mailbox;
  observers = NO_OBSERVERS;
  eventListeners = NO_LISTENERS;
  readonly logger: unknown;
  _processingStatus: number = STATUS.notStarted;
  readonly _parent: AnyActorRef;
  readonly _syncSnapshot = false;
  readonly ref: this;
  readonly _actorScope: this;
  readonly sessionId: string;
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
    this.options = options;
    this.id = options.id;
    this.src = options.src;
    this._parent = options.parent;
    this.system = options.parent.system as unknown as SystemView;
    this.clock = this.system._clock;
    this.logger = this.system._logger;
    this.sessionId = this.system._bookId();
    this.mailbox = new Mailbox(this);
    this.ref = this;
    this._actorScope = this;
    this.system._sendInspectionEvent({ type: "@xstate.actor", actorRef: this });
    this._initState();
  }

  /** As XState's, for an actor that has no system id, no inspector's snapshots to sync and nothing to rehydrate. */
  start(): this {
    if (this._processingStatus === STATUS.running) return this;
    const { system } = this;
    system._register(this.sessionId, this);
    this._processingStatus = STATUS.running;
    const { status, children, error } = this._snapshot as Life;
    if (status === "error") {
      this._error(error);
      return this;
    }
    if (status === "active") for (const id in children) startIfActive(children[id]!);
    this.#become(this._snapshot as Life, INIT);
    if (status === "active") this.mailbox.start();
    // A machine's first actions were in it; later ones are seldom kept back. Nobody reads its input any more either.
    if (this._deferred.length === 0) this._deferred = NOTHING_DEFERRED;
    this.options = NO_OPTIONS;
    return this;
  }

  _process(event: { readonly type: string }): void {
    let next: unknown;
    try {
      next = this.logic.transition(this._snapshot as never, event as never, this as never);
    } catch (error) {
      this._snapshot = { ...(this._snapshot as object), status: "error", error };
      this._error(error);
      return;
    }
    this.#become(next as Life, event);
    if (event.type === "xstate.stop") {
      this._stopProcedure();
      this._complete();
    }
  }

  /** What XState calls `update`, where nobody observes the actor and nothing goes wrong; else XState itself. */
  #become(snapshot: Life, event: object): void {
    if (this.observers.size > 0) {
      native.update.call(this, snapshot, event);
      return;
    }
    this._snapshot = snapshot;
    const kept = this._deferred;
    for (let act = kept.shift(); act; act = kept.shift()) {
      try {
        act();
      } catch (error) {
        kept.length = 0;
        this._snapshot = { ...snapshot, status: "error", error };
      }
    }
    const { status, output, error } = this._snapshot as Life;
    if (status === "error") this._error(error);
    if (status !== "done") return;
    this._stopProcedure();
    if (this.eventListeners.size > 0) this._complete();
    this._doneEvent = { type: `xstate.done.actor.${this.id}`, output, actorId: this.id };
    (this._parent as unknown as { _send(event: object): void })._send(this._doneEvent as object);
  }

  /** Nobody inspects what tables run: an event goes straight to its actor. */
  send(event: object): void {
    this._send(event);
  }

  _send(event: object): void {
    if (this._processingStatus !== STATUS.stopped) this.mailbox.enqueue(event);
  }

  get self(): this {
    return this;
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
    this.mailbox.clear();
    this._processingStatus = STATUS.stopped;
    this.system._unregister(this);
    return this;
  }
}
Object.setPrototypeOf(FlatActor.prototype, Actor.prototype);

function startIfActive(child: AnyActorRef): void {
  if (child.getSnapshot().status === "active") child.start();
}
