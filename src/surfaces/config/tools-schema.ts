import { z } from "zod";
import { AUTONOMY_LEVELS } from "../../shared/autonomy.ts";
import { mapping, url, variable, words } from "./setting-forms.ts";

const NAMED = "a name: letters, digits, _ and -";
const name = z.string({ error: NAMED }).regex(/^[\w-]{1,64}$/, { error: NAMED });
const list = (error: string) => z.array(words(error), { error });
const named = <T extends z.ZodType<{ readonly name: string }>>(item: T, what: string) =>
  z
    .array(item, { error: `a list of ${what}` })
    .max(100, { error: `at most 100 ${what}` })
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, { error: "each name once" })
    .optional();
const headers = z
  .array(z.strictObject({ name: words("a header's name"), env: variable }, { error: mapping }), {
    error: "a list of headers",
  })
  .optional()
  .describe("Headers, with the variables that hold their values.");
const variables = z
  .array(variable, { error: "a list, each the name of an environment variable" })
  .optional()
  .describe("Variables that it is given, beside harmless ones such as PATH.");

const command = z.strictObject(
  {
    name: name.describe("Agents call it `command:NAME`."),
    description: words("a text").describe("What it does, for a model."),
    command: words("a program").describe("The program."),
    args: list("a list of texts").optional().describe("Its arguments; what a call gives follows after `--`."),
    cwd: words("a folder").optional().describe("A folder inside the working folder."),
    access: z
      .enum(["read", "write"], { error: "read or write" })
      .optional()
      .describe("read: it changes nothing. Default write."),
    operands_max: z
      .int({ error: "a whole number" })
      .min(0, { error: "0 or more" })
      .max(64, { error: "at most 64" })
      .optional()
      .describe("Operands that a call may give; default 64."),
    env: variables,
  },
  { error: mapping },
);

const server = z
  .strictObject(
    {
      name: name.describe("Its tools are `mcp:NAME/TOOL`."),
      command: words("a program").optional().describe("A program that speaks MCP on its standard streams."),
      args: list("a list of texts").optional().describe("Its arguments."),
      cwd: words("a folder").optional().describe("Where it runs; default: the working folder."),
      env: variables,
      url: url.optional().describe("Or the address of a server that speaks streamable HTTP."),
      headers,
      reads: list("a list of tools").optional().describe("Tools that change nothing; default: none."),
      folders: list("a list of folders").optional().describe("Folders that paths may lead to."),
      restarts: z
        .int({ error: "a whole number" })
        .min(0, { error: "0 or more" })
        .max(100, { error: "at most 100" })
        .optional()
        .describe("Starts after the first one; default 3."),
    },
    { error: mapping },
  )
  .refine((one) => (one.command === undefined) !== (one.url === undefined), {
    error: "either command or url",
  });

const agent = z.strictObject(
  {
    name: name.describe("Agents call it `a2a:NAME`."),
    url: url.describe("Where its card stands; it is asked at this origin only."),
    description: words("a text").optional().describe("What it does, for a model."),
    headers,
  },
  { error: mapping },
);

const HOST = "a host such as api.example.com, or *.example.com";
const host = z.string({ error: HOST }).regex(/^(\*\.)?[\w.[\]:-]+$/, { error: HOST });
const PORT = "`HOST:PORT`, or `HOST:*`";
const privateHost = z.string({ error: PORT }).regex(/^\S+:(\d{1,5}|\*)$/, { error: PORT });
const amount = (least: number, most: number, error: string) =>
  z.number({ error }).min(least, { error }).max(most, { error });

/** The settings of the section `tools`. */
export const toolsShape = {
  autonomy: z
    .enum(AUTONOMY_LEVELS, { error: `one of ${AUTONOMY_LEVELS.join(", ")}` })
    .default("medium")
    .describe(
      "low: a person is asked before every call; medium: before those that may change something; high: never.",
    ),
  steps: z
    .int({ error: "a whole number from 1 to 200" })
    .min(1, { error: "1 or more" })
    .max(200, { error: "at most 200" })
    .default(16)
    .describe("Answers of a model in one piece of work that uses tools."),
  approval_minutes: amount(0, 525_600, "a number of minutes")
    .optional()
    .describe("Time to decide about a call; without it a run waits."),
  approval_default: z
    .enum(["approve", "reject"], { error: "approve or reject" })
    .default("reject")
    .describe("What holds when nobody has decided in time."),
  hosts: z
    .array(host, { error: `a list, each ${HOST}` })
    .optional()
    .describe("Hosts that text from outside may name."),
  private_hosts: z
    .array(privateHost, { error: `a list, each ${PORT}` })
    .optional()
    .describe("What is not public and may be reached all the same."),
  http_timeout_seconds: amount(0.001, 3_600, "a number of seconds")
    .default(30)
    .describe("Longest time of one request."),
  http_max_kb: amount(1, 1_048_576, "a number of KiB")
    .default(2_048)
    .describe("Longest answer of a request."),
  folder: words("`run`, or a folder")
    .default("run")
    .describe("The workspace: run, a new one for each run, or a folder inside the working folder."),
  commands: named(command, "commands").describe("Programs that agents may call."),
  mcp: named(server, "servers").describe("MCP servers; each is started when it is first used."),
  a2a: named(agent, "agents").describe("Remote agents."),
};
