import cors from "@fastify/cors";
import type { FastifyInstance, onRequestHookHandler } from "fastify";

/** Those of the routes; the plugin's own list lacks one. */
const METHODS = ["GET", "HEAD", "POST", "PATCH"];

/**
 * Has browsers told which pages of other origins may ask. Where none may, which is the rule, nothing is said and the plugin is not
 * gone through, which would take a twentieth of a read; `origins` may change while the server runs.
 */
export async function allowOrigins(app: FastifyInstance, origins: () => readonly string[]): Promise<void> {
  const whereAllowed: FastifyInstance = Object.create(app, {
    addHook: {
      value: (name: "onRequest", tell: onRequestHookHandler) =>
        app.addHook(name, function (request, reply, done) {
          if (origins().length === 0) done();
          else tell.call(this, request, reply, done);
        }),
    },
  });
  await new Promise<void>((resolve, reject) => {
    const options = {
      origin: (origin: string | undefined, allow: (error: null, isAllowed: boolean) => void) =>
        allow(null, origin !== undefined && origins().includes(origin)),
      methods: METHODS,
      exposedHeaders: ["x-request-id", "retry-after", "location"],
    };
    cors(whereAllowed, options, (error) => (error ? reject(error) : resolve()));
  });
}
