import { type Fixture, LLMock } from "@copilotkit/aimock";
import { onTestFinished } from "vitest";

/** What a request of a chat says, as the server keeps it. */
export type Asked = {
  readonly model: string;
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly response_format?: { readonly type: string };
  readonly messages: readonly { readonly role: string; readonly content: string }[];
};

export type ModelServer = {
  readonly mock: LLMock;
  /** Variables that make it the provider `openai`, and `anthropic`. */
  readonly env: Readonly<Record<string, string>>;
  /** The requests so far, oldest first. */
  asked(): readonly Asked[];
};

/** A model server on loopback, written by others, that answers by fixtures: of those that fit the first one counts. */
export async function modelServer(fixtures: readonly Fixture[]): Promise<ModelServer> {
  const mock = new LLMock({ port: 0, logLevel: "silent", journalMaxEntries: 0 });
  mock.addFixtures([...fixtures]);
  await mock.start();
  onTestFinished(() => mock.stop());
  return {
    mock,
    env: {
      OPENAI_BASE_URL: `${mock.url}/v1`,
      OPENAI_API_KEY: "sk-secret-of-this-test",
      ANTHROPIC_BASE_URL: mock.url,
      ANTHROPIC_API_KEY: "sk-ant-secret-of-this-test",
    },
    asked: () => mock.getRequests().map(({ body }) => body as Asked),
  };
}

/** Answers every question. */
export function always(
  response: Fixture["response"],
  more: Omit<Fixture, "match" | "response"> = {},
): Fixture {
  return { match: {}, response, ...more };
}
