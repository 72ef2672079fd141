import { connect, type Socket } from "node:net";

/** One HTTP/1.1 connection that is kept; as little of a client as there can be, so that the server is what is measured. */
export class Connection {
  readonly #socket: Socket;
  #text = "";
  #waiting: ((status: number) => void)[] = [];
  /** The body of the last answer. */
  body = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1").on("data", (text: string) => this.#take(text));
  }

  static open(url: string): Promise<Connection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new Connection(socket)));
      socket.on("error", reject);
    });
  }

  /** Sends a request as it stands; gives the status of its answer. */
  send(request: string): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(this.#text.slice(0, end))?.[1] ?? 0);
      if (this.#text.length < end + 4 + length) return;
      this.body = this.#text.slice(end + 4, end + 4 + length);
      const status = Number(this.#text.slice(9, 12));
      this.#text = this.#text.slice(end + 4 + length);
      this.#waiting.shift()?.(status);
    }
  }
}

export function getText(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
}

export function postText(path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** As many answers as the server gives to so many connections that ask all the time, a second. */
export async function closedLoop(
  url: string,
  path: string,
  connections: number,
  ms: number,
): Promise<number> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const request = getText(path);
  const untilMs = performance.now() + ms;
  let answers = 0;
  const startMs = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      while (performance.now() < untilMs) {
        const status = await connection.send(request);
        if (status !== 200) throw new Error(`status ${status}: ${connection.body}`);
        answers++;
      }
    }),
  );
  const perSecond = (answers / (performance.now() - startMs)) * 1_000;
  for (const connection of open) connection.close();
  return perSecond;
}

export type OpenLoop = {
  readonly sent: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** From when each request was to be sent until its answer, sorted, ms. */
  readonly latencies: readonly number[];
  readonly seconds: number;
};

/**
 * Requests at a rate, whether or not the ones before were answered: each latency counts from when its request was to be sent, so
 * that a server that stands still is charged for all who would have come meanwhile.
 */
export async function openLoop(
  url: string,
  { perSecond, seconds, warmSeconds = 0, connections, request }: OpenLoopOptions,
): Promise<OpenLoop> {
  const idle = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const all = [...idle];
  const due: { readonly atMs: number; readonly isCounted: boolean; readonly text: string }[] = [];
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const warm = Math.round(perSecond * warmSeconds);
  const total = warm + Math.round(perSecond * seconds);
  const startMs = performance.now();
  const done = Promise.withResolvers<void>();
  let next = 0;
  let answered = 0;
  const work = (): void => {
    while (idle.length > 0 && due.length > 0) {
      const connection = idle.pop()!;
      const { atMs, isCounted, text } = due.shift()!;
      void connection.send(text).then((status) => {
        if (isCounted) latencies.push(performance.now() - atMs);
        statuses[status] = (statuses[status] ?? 0) + 1;
        idle.push(connection);
        if (++answered === total) done.resolve();
        else work();
      });
    }
  };
  const tick = (): void => {
    const nowMs = performance.now();
    for (; next < total && startMs + (next * 1_000) / perSecond <= nowMs; next++)
      due.push({
        atMs: startMs + (next * 1_000) / perSecond,
        isCounted: next >= warm,
        text: request(next),
      });
    work();
    // A turn of a timer, not of the loop: a generator that spins would take a core from the server's disk and threads.
    if (next < total) setTimeout(tick, 1);
  };
  tick();
  await done.promise;
  const took = (performance.now() - startMs) / 1_000;
  for (const connection of all) connection.close();
  return { sent: total, statuses, latencies: latencies.sort((a, b) => a - b), seconds: took };
}

export type OpenLoopOptions = {
  readonly perSecond: number;
  readonly seconds: number;
  /** Before them, at the same rate and without a pause between: sent and answered, but not among the latencies. */
  readonly warmSeconds?: number;
  readonly connections: number;
  readonly request: (index: number) => string;
};

/** A share of sorted figures lies at or below it. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
