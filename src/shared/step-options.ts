/** What a performer reads of a step's `run`. */
export type StepOptions = {
  readonly required: readonly string[];
  /** Absent: any other member is handed on to the work. */
  readonly optional?: readonly string[];
};

/** Of the performers that are built in and read options, by name. */
export const STEP_OPTIONS = {
  command: {
    required: ["command"],
    optional: ["args", "operands", "cwd", "env", "stdin", "maxOutputBytes", "okExitCodes", "parse"],
  },
  function: { required: ["name"] },
  http: { required: ["url"], optional: ["method", "headers", "body"] },
  files: { required: ["action"], optional: ["path", "content"] },
  mcp: { required: ["server", "tool"], optional: ["arguments"] },
  a2a: { required: ["agent", "message"], optional: [] },
} as const satisfies Readonly<Record<string, StepOptions>>;

/** Every option that a performer knows. */
export function optionNames(performer: Exclude<keyof typeof STEP_OPTIONS, "function">): readonly string[] {
  const { required, optional } = STEP_OPTIONS[performer];
  return [...required, ...optional];
}
