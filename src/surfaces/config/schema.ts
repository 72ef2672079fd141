import { z } from "zod";
import { LIMITS } from "../../shared/limits.ts";
import { parseMemoryMb } from "../../shared/quantity.ts";
import { alertsShape } from "./alerts-schema.ts";
import { authShape } from "./auth-schema.ts";
import { modelsShape } from "./models-schema.ts";
import { routingShape } from "./routing-schema.ts";
import { serverShape } from "./server-schema.ts";
import { count, mapping, url, usd, words } from "./setting-forms.ts";
import { toolsShape } from "./tools-schema.ts";

const amount = (maximum: number) => {
  const error = `a number above 0, at most ${maximum}`;
  return z.number({ error }).positive({ error }).max(maximum, { error });
};
const yesNo = z.boolean({ error: "true or false" });
const port = count(0, 65_535);
const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: mapping });
}

const execution = section({
  max_concurrent_agents: count(1, LIMITS.concurrencyMax)
    .default(20)
    .describe("Agents at work at the same time."),
  max_recursive_depth: count(1, 64).default(6).describe("Templates nested in templates, in levels."),
  default_timeout_minutes: amount(525_600).default(30).describe("Time for one run, in minutes."),
  fork_threshold: count(2, 10_000).default(3).describe("Ready siblings from which on they run as a fork."),
});

const resources = section({
  memory_limit_gb: amount(1_048_576).default(8).describe("Memory for all agents together, in GiB."),
  cpu_limit_cores: amount(65_536).default(8).describe("Processor cores for all agents together."),
  gpu_enabled: yesNo.default(false).describe("Whether agents may ask for a GPU."),
});

const templates = section({
  registry_path: words("a folder").default("./templates").describe("Folder of your own templates."),
  auto_discovery: yesNo
    .default(true)
    .describe("Whether every template in that folder is registered by itself."),
  version_control: yesNo
    .default(true)
    .describe("Whether versions of one template stand side by side; if not, a second one is refused."),
});

const monitoring = section({
  api_port: port.default(8084).describe("Port of the HTTP API; 0 takes a free one."),
  metrics_port: port.default(8085).describe("Port of the Prometheus metrics; 0 takes a free one."),
  dashboard_port: port.default(8086).describe("Port of the dashboard; 0 takes a free one."),
  inspector_port: port.default(8087).describe("Port of the inspector (--inspect); 0 takes a free one."),
  inspector_page: url
    .default("https://stately.ai/inspect")
    .describe("Page that draws what the inspector shows."),
  alert_webhook: url.optional().describe("URL that alerts are sent to."),
});

const logging = section({
  level: z
    .enum(levels, { error: `one of ${levels.join(", ")}` })
    .optional()
    .describe("Least level that is logged; without it `info` when a file is named, else `silent`."),
  file: words("a file")
    .optional()
    .describe("Log file, inside the working folder; without it lines go to stderr."),
  max_size: words("a size such as 100MB")
    .refine((text) => (parseMemoryMb(text) ?? 0) > 0, { error: "a size such as 100MB" })
    .default("100MB")
    .describe("Size at which the log file is rotated."),
  max_age_days: count(1, 36_500)
    .default(1)
    .describe("Age at which the log file is rotated, in days since its first line."),
  retention_days: count(1, 36_500)
    .default(30)
    .describe("Age at which a rotated log file is deleted, in days."),
});

const cache = section({
  enabled: yesNo.default(true).describe("Whether results are kept and used again."),
  max_size: words("a size such as 256MB")
    .refine((text) => (parseMemoryMb(text) ?? 0) > 0, { error: "a size such as 256MB" })
    .default("256MB")
    .describe("What kept results may take; those used longest ago make room."),
});

const planning = section({
  improve_ms: count(0, 60_000)
    .default(10)
    .describe("Effort put into a shorter schedule, in nominal ms; the same plan on every machine."),
});

const share = (maximum: number, error: string) =>
  z.number({ error }).min(0, { error }).max(maximum, { error });
const isOn = yesNo.optional();

const breakerRule = section({
  enabled: isOn.describe("Whether there is one."),
  failures: count(1, 1_000_000).optional().describe("Failures in a row that open it."),
  rate: z
    .number({ error: "a number above 0, below 1" })
    .gt(0, { error: "a number above 0, below 1" })
    .lt(1, { error: "a number above 0, below 1" })
    .optional()
    .describe("Share of failed calls within the window beyond which it opens."),
  window_seconds: amount(3_600).optional().describe("Length of the window that the rate counts, in seconds."),
  minimum_calls: count(1, 1_000_000).optional().describe("Calls in the window before the rate counts."),
  open_seconds: amount(86_400)
    .optional()
    .describe("How long it stays open before it tries again, in seconds."),
  probes: count(1, 1_000).optional().describe("Calls that must succeed before it closes."),
});

const bulkheadRule = section({
  enabled: isOn.describe("Whether there is one."),
  at_once: count(1, 100_000).optional().describe("Calls at work at the same time."),
  queue: count(0, 100_000).optional().describe("Calls that may wait for a place."),
});

const retriesRule = section({
  enabled: isOn.describe("Whether retries are limited."),
  ratio: share(100, "a number from 0 to 100").optional().describe("Retries for each first attempt of a run."),
  reserve: count(0, 1_000_000).optional().describe("Retries of a run that are always allowed."),
});

const paceRule = section({
  requests_per_minute: amount(1_000_000_000)
    .optional()
    .describe("Calls that begin in a minute, evenly spaced."),
  tokens_per_minute: amount(1_000_000_000_000).optional().describe("Model tokens in a minute."),
  burst: count(1, 1_000_000).optional().describe("Calls that may begin at once after a pause."),
  max_wait_seconds: share(86_400, "a number from 0 to 86400")
    .optional()
    .describe("A call that would wait longer is refused, in seconds."),
});

const RESOURCE_PATTERN = "`KIND:NAME`, where * stands for any characters";

const resilienceRule = section({
  resource: z
    .string({ error: RESOURCE_PATTERN })
    .regex(/^(\*|[^\s:]*\*\S*|[^\s:]+:\S+)$/, { error: RESOURCE_PATTERN })
    .describe("The resources that it is for, such as `model:openai/*`."),
  breaker: breakerRule.optional().describe("Calls nobody for a while when calls fail."),
  bulkhead: bulkheadRule.optional().describe("How many calls at once."),
  retries: retriesRule.optional().describe("How many retries a run may make."),
  pace: paceRule.optional().describe("How many calls and tokens a minute."),
}).refine(({ breaker, bulkhead, retries, pace }) => breaker ?? bulkhead ?? retries ?? pace, {
  error: "one of breaker, bulkhead, retries and pace",
});

const resilience = section({
  enabled: yesNo.default(true).describe("Whether calls to models, hosts and commands are guarded."),
  rules: z
    .array(resilienceRule, { error: "a list of rules" })
    .max(1_000, { error: "at most 1000 rules" })
    .optional()
    .describe("How resources are guarded, as a list; of those that fit, later ones win."),
});

const routing = section(routingShape);

const server = section(serverShape);
const alerts = section(alertsShape);
const secrets = section({
  variables: z
    .array(words("the name of a variable"), { error: "a list of names" })
    .optional()
    .describe("More variables that hold secrets; those whose names say so are known."),
  keys: z
    .array(words("a name"), { error: "a list of names" })
    .optional()
    .describe("More names below which everything is secret, in data and in texts."),
  parameters: z
    .array(words("the name of a variable"), { error: "a list of names" })
    .optional()
    .describe("Variables that secret parameters of templates may name."),
});

const auth = section(authShape);

const models = section(modelsShape);

const limits = {
  max_cost_usd: usd.optional(),
  max_tokens: count(0, 1_000_000_000_000).optional(),
};
const templateBudget = section({
  template: words("a template's name").describe("The template, by its name."),
  max_cost_usd: limits.max_cost_usd.describe("USD for all its commands in a run together."),
  max_tokens: limits.max_tokens.describe("Tokens for all its commands in a run together."),
});

const budgets = section({
  max_cost_usd: limits.max_cost_usd.describe("USD that the calls of models of one run may take."),
  max_tokens: limits.max_tokens.describe("Tokens that models may read and write for one run."),
  templates: z
    .array(templateBudget, { error: "a list of budgets" })
    .max(1_000, { error: "at most 1000 budgets" })
    .optional()
    .describe("What all commands of a template in a run may take together, as a list."),
});
const tools = section(toolsShape);

const sections = {
  models,
  budgets,
  execution,
  planning,
  resources,
  templates,
  monitoring,
  logging,
  cache,
  resilience,
  routing,
  server,
  alerts,
  secrets,
  auth,
  tools,
} as const;

const NAMED = "`provider/model`, such as openai/gpt-5";
const model = z
  .string({ error: NAMED })
  .regex(/^[^\s/]+\/\S+$/, { error: NAMED })
  .optional()
  .describe("Model that agents ask, as `provider/model`; without it every answer is a draft.");

/** `abyssal.config.yaml` as it is written: snake_case, every key optional. */
export const ConfigFile = section({
  model,
  models: models.prefault({}).describe("How models are asked, and what they take."),
  budgets: budgets.prefault({}).describe("What calls of models may take; held before each call."),
  execution: execution.prefault({}).describe("How much runs at once, how deep and how long."),
  planning: planning.prefault({}).describe("How plans are made."),
  resources: resources.prefault({}).describe("What all agents together may use."),
  templates: templates.prefault({}).describe("Where templates come from."),
  monitoring: monitoring.prefault({}).describe("Ports and alerts."),
  logging: logging.prefault({}).describe("What is logged, where, for how long."),
  cache: cache.prefault({}).describe("Results kept for later runs."),
  resilience: resilience.prefault({}).describe("What stands between agents and what they call."),
  routing: routing.prefault({}).describe("Who does which work."),
  server: server.prefault({}).describe("How the HTTP server is reached, and what it takes."),
  alerts: alerts.prefault({}).describe("What somebody is told of, and how."),
  secrets: secrets.prefault({}).describe("What is never shown, logged or sent."),
  auth: auth.prefault({}).describe("Who may ask the HTTP server."),
  tools: tools.prefault({}).describe("What agents may use, and when a person is asked."),
});

/** A setting: its place in the file and the schema of its value. */
export type ConfigSetting = {
  readonly path: readonly [string] | readonly [string, string];
  readonly schema: z.ZodType;
};

/** Every setting, in the order of the file. */
export const CONFIG_SETTINGS: readonly ConfigSetting[] = [
  { path: ["model"], schema: model },
  ...Object.entries(sections).flatMap(([name, { shape }]) =>
    Object.entries(shape).map(([key, schema]) => ({
      path: [name, key] as const,
      schema: schema as z.ZodType,
    })),
  ),
];

/** The keys that may stand at a path; none where no mapping is. */
export function configKeys(path: readonly PropertyKey[]): string[] {
  let at: z.core.$ZodType | undefined = ConfigFile;
  for (const key of path) {
    at = bare(at);
    if (at instanceof z.ZodObject) at = at.shape[String(key)] as z.core.$ZodType | undefined;
    else at = at instanceof z.ZodArray ? at.element : undefined;
  }
  at = bare(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** A schema without what only says that it may be left out. */
function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault || at instanceof z.ZodPrefault)
    at = at.def.innerType;
  return at;
}

/** The JSON Schema (draft-07) of the file, for editors. */
export function configJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(ConfigFile, { io: "input", target: "draft-7" });
  const environments = {
    description: "What is different in an environment, by its name; ABYSSAL_ENV or --env chooses one.",
    type: "object",
    additionalProperties: { type: "object", properties: rest.properties, additionalProperties: false },
  };
  const properties = { ...rest.properties, environments };
  return {
    $schema,
    title: "abyssal.config.yaml",
    description: "Configuration of Abyssal.",
    ...rest,
    properties,
  };
}
