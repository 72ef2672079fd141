import type { FastifyInstance } from "fastify";
import { Refusal } from "./problem.ts";

/** Has bodies read as fastify reads JSON, and tells of one that is none where the fault stands. */
export function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    void parse(request, body as string, (error, value) => done(error && refusal(body as string), value));
  });
}

function refusal(body: string): Refusal {
  const { place, got } = fault(body);
  const diagnostic = {
    code: "BODY_SYNTAX",
    severity: "error",
    place,
    message: "the body is not JSON",
    expected: "one JSON value",
    got,
  } as const;
  return new Refusal(400, "BODY_SYNTAX", `${place}: the body is not JSON: ${got}`, {
    diagnostics: [diagnostic],
  });
}

function fault(body: string): { readonly place: string; readonly got: string } {
  if (body.length === 0) return { place: "body", got: "nothing" };
  try {
    JSON.parse(body);
    return { place: "body", got: "a member named __proto__, or a constructor with a prototype" };
  } catch (error) {
    const { message } = error as SyntaxError;
    // Of a strange token V8 tells what stands around it in place of a number.
    const [, got = message, line, column] =
      /^(.*) in JSON at position \d+ \(line (\d+) column (\d+)\)$/.exec(message) ?? [];
    return { place: line === undefined ? "body" : `body:${line}:${column}`, got };
  }
}
