import type { FastifyReply } from "fastify";
import type { FastifyPluginCallbackZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { PageFile } from "../page-files.ts";
import { Refusal } from "../problem.ts";
import { PAGE_HEADERS } from "../security-headers.ts";
import type { RouteGroup, ServerPorts } from "../server-ports.ts";

/** What the page may do: load its own files, ask its own server, and nothing else. No inline script or style, no HTML from texts. */
const RULES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const FOR_GOOD = "public, max-age=31536000, immutable";

const AssetParams = z.strictObject({ file: z.string().min(1).max(100).describe("A file of the page.") });

/** The dashboard's page. Its files tell nothing: what it shows, it asks for as anybody does. */
export const dashboardRoutes: RouteGroup = (app, ports) => void app.register(dashboard(ports));

function dashboard({ page }: ServerPorts): FastifyPluginCallbackZod {
  return (app, _, done) => {
    app.get(
      "/",
      {
        config: {
          needs: "nothing",
          answers: {
            200: { description: "The page.", mediaType: "text/html" },
            503: { description: "It is not built.", mediaType: "text/plain" },
          },
        },
        schema: { summary: "The dashboard" },
      },
      (_request, reply) => {
        if (page) send(reply, page.document, "no-cache");
        else
          reply
            .code(503)
            .type("text/plain; charset=utf-8")
            .send("the dashboard is not built: npm run build\n");
      },
    );
    app.get(
      "/assets/:file",
      {
        config: { needs: "nothing", answers: { 200: { description: "The file.", mediaType: "*/*" } } },
        schema: { summary: "A file of the dashboard", params: AssetParams },
      },
      (request, reply) => {
        const file = page?.assets.get(request.params.file);
        if (!file) throw new Refusal(404, "ROUTE_UNKNOWN", "the dashboard has no such file");
        send(reply, file, FOR_GOOD);
      },
    );
    done();
  };
}

function send(reply: FastifyReply, { type, body }: PageFile, kept: string): void {
  reply
    .headers(PAGE_HEADERS)
    .type(type)
    .header("cache-control", kept)
    .header("content-security-policy", RULES)
    .send(body);
}
