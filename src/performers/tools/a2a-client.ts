import { setTimeout as delay } from "node:timers/promises";
import { type Part, Role, type Task, TaskState } from "@a2a-js/sdk";
import {
  ClientFactory,
  ClientFactoryOptions,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from "@a2a-js/sdk/client";
import type { Json } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { originFetch } from "./origin-fetch.ts";

/** What a remote agent said, in our words: the protocol's own types end here. */
export type A2aAnswer = {
  readonly kind: "done" | "asks" | "failed";
  readonly text: string;
  readonly state: string;
  readonly data?: Json;
};

export type A2aQuestion = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly messageId: string;
  readonly signal: AbortSignal;
};

/** Asks a remote agent over JSON-RPC and waits until it has ended. Throws when nobody is there. */
export async function askA2a({ url, headers, text, messageId, signal }: A2aQuestion): Promise<A2aAnswer> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.toolCallMs)]);
  const fetchImpl = originFetch(new URL(url), {
    headers,
    maxBytes: LIMITS.remoteAnswerBytes,
    signal: limited,
  });
  const factory = new ClientFactory(
    ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
      transports: [new JsonRpcTransportFactory({ fetchImpl })],
      preferredTransports: ["JSONRPC"],
      cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
    }),
  );
  const client = await factory.createFromUrl(url);
  const options = { signal: limited };
  const sent = await client.sendMessage(
    {
      tenant: "",
      message: {
        messageId,
        contextId: "",
        taskId: "",
        role: Role.ROLE_USER,
        parts: [
          {
            content: { $case: "text", value: text },
            metadata: undefined,
            filename: "",
            mediaType: "text/plain",
          },
        ],
        metadata: undefined,
        extensions: [],
        referenceTaskIds: [],
      },
      configuration: undefined,
      metadata: undefined,
    },
    options,
  );
  if (!("status" in sent))
    return { kind: "done", state: "message", ...shown("parts" in sent ? sent.parts : []) };
  let task: Task = sent;
  for (let waitMs = 100; isUnderWay(task); waitMs = Math.min(2_000, waitMs * 2)) {
    await delay(waitMs, undefined, { signal: limited });
    task = await client.getTask({ tenant: "", id: task.id, historyLength: 0 }, options);
  }
  return answerOf(task);
}

const UNDER_WAY: ReadonlySet<TaskState> = new Set([
  TaskState.TASK_STATE_SUBMITTED,
  TaskState.TASK_STATE_WORKING,
]);
const ASKS: ReadonlySet<TaskState> = new Set([
  TaskState.TASK_STATE_INPUT_REQUIRED,
  TaskState.TASK_STATE_AUTH_REQUIRED,
]);

function isUnderWay({ status }: Task): boolean {
  return status !== undefined && UNDER_WAY.has(status.state);
}

function answerOf({ status, artifacts }: Task): A2aAnswer {
  const state = status?.state ?? TaskState.TASK_STATE_UNSPECIFIED;
  const name = (TaskState[state] ?? "unknown").replace("TASK_STATE_", "").toLowerCase();
  const said = shown([...artifacts.flatMap(({ parts }) => parts), ...(status?.message?.parts ?? [])]);
  if (state === TaskState.TASK_STATE_COMPLETED) return { kind: "done", state: name, ...said };
  return { kind: ASKS.has(state) ? "asks" : "failed", state: name, ...said };
}

function shown(parts: readonly Part[]): { readonly text: string; readonly data?: Json } {
  const texts: string[] = [];
  let data: Json | undefined;
  for (const { content } of parts) {
    if (content?.$case === "text") texts.push(content.value);
    else if (content?.$case === "data") data ??= content.value as Json;
    else if (content?.$case === "url") texts.push(`[${content.value}]`);
  }
  const text = texts.join("\n") || (data === undefined ? "" : JSON.stringify(data, null, 2));
  return { text: text.slice(0, LIMITS.modelAnswerCharacters), ...(data === undefined ? {} : { data }) };
}
