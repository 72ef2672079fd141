import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { Problem } from "../../../src/surfaces/http/problem.ts";

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly json: never;
};

export type Asked = {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of an answer that does not end: it is left once this stands in it. */
  readonly until?: RegExp;
};

/** One request on a connection of its own; a body that is no text is sent as JSON. */
export function ask(
  url: string,
  path: string,
  { method = "GET", body, headers = {}, until }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isJson = body !== undefined && typeof body !== "string";
    const request = httpRequest(
      `${url}${path}`,
      {
        method,
        agent: false,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (more: string) => {
          text += more;
          if (!until?.test(text)) return;
          answer();
          request.destroy();
        });
        const answer = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            get json() {
              return JSON.parse(text) as never;
            },
          });
        response.on("error", reject).on("end", answer);
      },
    );
    request.on("error", reject).end(isJson ? JSON.stringify(body) : (body as string | undefined));
  });
}

/** The code of a refusal; fails when the answer is none. */
export function codeOf({ headers, text }: Answer): string {
  if (!headers["content-type"]?.startsWith("application/problem+json"))
    throw new Error(`no problem: ${text}`);
  return (JSON.parse(text) as Problem).code;
}

export type Frame = {
  readonly id: string;
  readonly data: { readonly type: string; readonly [key: string]: unknown };
};

/** The events of a run until `until` holds of one, or the stream ends. */
export function frames(
  url: string,
  path: string,
  {
    headers = {},
    until = () => false,
  }: { headers?: Record<string, string>; until?: (frame: Frame) => boolean } = {},
): Promise<readonly Frame[]> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { agent: false, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      const got: Frame[] = [];
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => {
        text += more;
        for (;;) {
          const end = text.indexOf("\n\n");
          if (end < 0) return;
          const lines = text.slice(0, end).split("\n");
          text = text.slice(end + 2);
          const id = lines.find((line) => line.startsWith("id: "))?.slice(4);
          const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
          if (id === undefined || data === undefined) continue;
          const frame = { id, data: JSON.parse(data) as Frame["data"] };
          got.push(frame);
          if (!until(frame)) continue;
          resolve(got);
          request.destroy();
          return;
        }
      });
      response.on("end", () => resolve(got)).on("error", () => resolve(got));
    });
    request.on("error", reject).end();
  });
}
