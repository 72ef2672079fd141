import { z } from "zod";
import { parseMemoryMb } from "../../shared/quantity.ts";

// Every `error` below says what was expected: the reader of the file is told that, and what stood there.
const count = (minimum: number, maximum: number) => {
  const error = `a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
};
const amount = (maximum: number) => {
  const error = `a number above 0, at most ${maximum}`;
  return z.number({ error }).positive({ error }).max(maximum, { error });
};
const words = (error: string) => z.string({ error }).min(1, { error });
const yesNo = z.boolean({ error: "true or false" });
const port = count(0, 65_535);
const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "invalid_type" ? "settings as `key: value`" : undefined),
  });
}

const execution = section({
  max_concurrent_agents: count(1, 10_000).default(20).describe("Agents at work at the same time."),
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
  version_control: yesNo.default(true).describe("Whether versions of one template stand side by side."),
});

const monitoring = section({
  api_port: port.default(8084).describe("Port of the HTTP API; 0 takes a free one."),
  metrics_port: port.default(8085).describe("Port of the Prometheus metrics; 0 takes a free one."),
  dashboard_port: port.default(8086).describe("Port of the dashboard; 0 takes a free one."),
  alert_webhook: z
    .url({ protocol: /^https?$/, error: "a URL that begins with http:// or https://" })
    .optional()
    .describe("URL that alerts are sent to."),
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

const sections = { execution, planning, resources, templates, monitoring, logging, cache } as const;

const model = z
  .string({ error: "`provider/model`" })
  .regex(/^[^\s/]+\/\S+$/, { error: "`provider/model`" })
  .optional()
  .describe("Model that agents ask, as `provider/model`; without it every answer is a draft.");

/** `abyssal.config.yaml` as it is written: snake_case, every key optional. */
export const ConfigFile = section({
  model,
  execution: execution.prefault({}).describe("How much runs at once, how deep and how long."),
  planning: planning.prefault({}).describe("How plans are made."),
  resources: resources.prefault({}).describe("What all agents together may use."),
  templates: templates.prefault({}).describe("Where templates come from."),
  monitoring: monitoring.prefault({}).describe("Ports and alerts."),
  logging: logging.prefault({}).describe("What is logged, where, for how long."),
  cache: cache.prefault({}).describe("Results kept for later runs."),
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

/** The keys that may stand at a path: the names of the sections, or the settings of one. */
export function configKeys(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(ConfigFile.shape);
  return CONFIG_SETTINGS.flatMap(({ path: [name, key] }) =>
    name === path[0] && key !== undefined ? [key] : [],
  );
}

/** The JSON Schema (draft-07) of the file, for editors. */
export function configJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(ConfigFile, { io: "input", target: "draft-7" });
  return { $schema, title: "abyssal.config.yaml", description: "Configuration of Abyssal.", ...rest };
}
