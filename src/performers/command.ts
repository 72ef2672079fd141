import type { PerformContext, Performer, Task } from "../actors/ports.ts";
import type { Failure, Outcome } from "../plan/outcome.ts";
import { FORBIDDEN_KEYS, type Json, type JsonObject } from "../shared/json.ts";
import { LIMITS } from "../shared/limits.ts";
import { thrownWords } from "../shared/thrown-words.ts";
import { childEnvironment } from "./command/child-environment.ts";
import { type CommandOptions, readCommandOptions } from "./command/command-options.ts";
import { commandResources } from "./command/command-resources.ts";
import { confinedFolder } from "./command/confined-folder.ts";
import { type GroupEnd, type GroupRun, runInGroup } from "./command/process-group.ts";

/** Characters of standard error kept in a failure. */
const TAIL_CHARACTERS = 4_000;
/** Characters of output shown in the Markdown; all of it stands in `data`. */
const SHOWN_CHARACTERS = 64_000;
/** Progress signals of one command, and characters of each. */
const PROGRESS_LINES = 200;
const PROGRESS_CHARACTERS = 200;

/**
 * The performer `command`: runs one program by its argument vector, without a shell, in a folder inside
 * `workingFolder` or `extraFolders`, and answers when its whole process group is gone.
 */
export function createCommandPerformer(options: {
  readonly workingFolder: string;
  readonly extraFolders?: readonly string[];
  /** Where variables are taken from that a step names; default: this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}): Performer {
  const { env = process.env } = options;
  return {
    name: "command",
    resources: commandResources,
    async perform(task, context) {
      const read = readCommandOptions(task.options);
      if (!read.ok) return failed("COMMAND_ARGUMENTS", read.error.message, { hint: read.error.hint });
      const folder = await confinedFolder(read.value.cwd, options.workingFolder, options.extraFolders);
      if (!folder.ok) {
        return failed("COMMAND_FOLDER", `\`cwd\` refused: ${folder.error}`, {
          hint: "name an existing folder inside the working folder",
        });
      }
      const run = await runInGroup({
        ...read.value,
        cwd: folder.value,
        env: {
          ...childEnvironment([], process.env),
          ...named(read.value.inherit, env),
          ...read.value.env,
          ...identity(task),
        },
        graceMs: LIMITS.commandGraceMs,
        signal: context.signal,
        onLine: progress(context),
      });
      return judge(run, read.value);
    },
  };
}

function judge(run: GroupRun, options: CommandOptions): Outcome {
  switch (run.kind) {
    case "notStarted":
      return notStarted(run, options.command);
    case "aborted":
    case "timedOut":
      return failed("COMMAND_CANCELLED", `\`${options.command}\` was cancelled`, { detail: tails(run) });
    case "overflowed":
      return failed(
        "COMMAND_OUTPUT_LIMIT",
        `\`${options.command}\` wrote more than ${options.maxOutputBytes} bytes and was killed`,
        { hint: "raise `maxOutputBytes`, or let the program write less", detail: tails(run) },
      );
    case "ended":
      if (run.exitCode === null || !options.okExitCodes.includes(run.exitCode)) return badExit(run, options);
      return completed(run, options);
  }
}

function completed(run: GroupEnd, options: CommandOptions): Outcome {
  const { exitCode, stdout, stderr, durationMs } = run;
  const data: JsonObject = { exitCode, stdout, stderr, durationMs };
  if (options.parse === "json") {
    try {
      data.json = JSON.parse(stdout, (key, value: Json) => (FORBIDDEN_KEYS.has(key) ? undefined : value));
    } catch (error) {
      return failed("COMMAND_OUTPUT_JSON", `\`${options.command}\` did not write one JSON document`, {
        hint: "`parse: json` reads the whole of standard output",
        detail: { ...tails(run), cause: thrownWords(error) },
      });
    }
  }
  return {
    kind: "completed",
    output: fenced(stdout === "" ? stderr : stdout),
    data,
    confidence: { value: 1, source: "checked" },
  };
}

function badExit(run: GroupEnd, options: CommandOptions): Outcome {
  const how = run.exitCode === null ? `ended by ${run.endedBy ?? "a signal"}` : `exit code ${run.exitCode}`;
  return failed("COMMAND_EXIT", `\`${options.command}\` ended with ${how}`, {
    retryable: true,
    detail: { exitCode: run.exitCode, signal: run.endedBy, ...tails(run) },
  });
}

function notStarted(run: Extract<GroupRun, { kind: "notStarted" }>, command: string): Outcome {
  const detail = { code: run.code };
  switch (run.code) {
    case "ENOENT":
      return failed("COMMAND_NOT_FOUND", `there is no program \`${command}\``, {
        hint: "install it, or give a path; the search path of this process applies",
        detail,
      });
    case "EACCES":
      return failed("COMMAND_NOT_EXECUTABLE", `\`${command}\` may not be executed`, {
        hint: "check the file's permissions",
        detail,
      });
    case "E2BIG":
      return failed("COMMAND_ARGUMENTS", "the arguments are too long for the system", {
        hint: "hand bulk data over in `stdin`",
        detail,
      });
    default:
      return failed("COMMAND_NOT_STARTED", `\`${command}\` could not be started: ${run.message}`, {
        retryable: true,
        detail,
      });
  }
}

function failed(
  code: string,
  message: string,
  more: { hint?: string | undefined; detail?: JsonObject; retryable?: boolean } = {},
): Outcome {
  const failure: Failure = {
    code,
    message,
    retryable: more.retryable ?? false,
    ...(more.hint === undefined ? {} : { hint: more.hint }),
    ...(more.detail === undefined ? {} : { detail: more.detail }),
  };
  return { kind: "failed", failure };
}

function tails(run: GroupEnd): JsonObject {
  return {
    stderr: run.stderr.slice(-TAIL_CHARACTERS),
    stdout: run.stdout.slice(-TAIL_CHARACTERS),
    durationMs: run.durationMs,
  };
}

function identity(task: Task): Record<string, string> {
  return {
    ABYSSAL_RUN_ID: task.runId,
    ABYSSAL_PATH: task.path,
    ABYSSAL_ATTEMPT: String(task.attempt),
    ABYSSAL_IDEMPOTENCY_KEY: task.idempotencyKey,
  };
}

function named(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function progress(context: PerformContext): (line: string) => void {
  let left = PROGRESS_LINES;
  return (line) => {
    if (left-- > 0) context.emit({ type: "progress", message: line.slice(0, PROGRESS_CHARACTERS) });
  };
}

/** The text in a code fence that is longer than any run of backticks within it. */
function fenced(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS;
  const shown = cut ? text.slice(0, SHOWN_CHARACTERS) : text;
  const longest = Math.max(2, ...[...shown.matchAll(/`{3,}/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  const note = cut ? `\n\n${text.length - SHOWN_CHARACTERS} more characters stand in \`data.stdout\`.` : "";
  return `${fence}text\n${shown}${shown.endsWith("\n") ? "" : "\n"}${fence}${note}`;
}
