import { LIMITS } from "../../shared/limits.ts";
import { childEnvironment } from "../command/child-environment.ts";
import { readCommandOptions } from "../command/command-options.ts";
import { confinedFolder } from "../command/confined-folder.ts";
import { runInGroup } from "../command/process-group.ts";
import { type Tool, type ToolResult, toolFailed } from "./tool.ts";

/** A program that agents may call; its name and arguments are fixed, they give what follows after `--`. */
export type CommandSetting = {
  readonly name: string;
  readonly description: string;
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  readonly access?: "read" | "write" | undefined;
  /** Operands that a call may give. */
  readonly operandsMax?: number | undefined;
  /** Names of variables that it is given from this process's environment, beside the harmless ones. */
  readonly env?: readonly string[] | undefined;
};

/** `command:NAME` for each declared program. Failures: COMMAND_* as of the performer `command`. */
export function commandTools(
  settings: readonly CommandSetting[],
  place: { readonly workingFolder: string; readonly env: Readonly<Record<string, string | undefined>> },
): readonly Tool[] {
  return settings.map((setting) => ({
    name: `command:${setting.name}`,
    description: setting.description,
    inputSchema: {
      type: "object",
      properties: {
        operands: {
          type: "array",
          items: { type: "string" },
          maxItems: setting.operandsMax ?? LIMITS.toolOperands,
        },
        stdin: { type: "string" },
      },
      additionalProperties: false,
    },
    access: setting.access ?? "write",
    resources: () => [`command:${setting.command}`],
    call: async (input, { signal }) => {
      const { command, args = [], cwd = "." } = setting;
      const options = readCommandOptions({ ...input, command, args: [...args], cwd });
      if (!options.ok) return toolFailed("COMMAND_ARGUMENTS", options.error.message);
      const folder = await confinedFolder(cwd, place.workingFolder);
      if (!folder.ok) return toolFailed("COMMAND_FOLDER", folder.error);
      const run = await runInGroup({
        ...options.value,
        cwd: folder.value,
        env: childEnvironment(setting.env ?? [], place.env),
        graceMs: LIMITS.commandGraceMs,
        timeoutMs: LIMITS.toolCallMs,
        signal,
      });
      return resultOf(run, command);
    },
  }));
}

function resultOf(run: Awaited<ReturnType<typeof runInGroup>>, command: string): ToolResult {
  if (run.kind === "notStarted")
    return toolFailed("COMMAND_NOT_FOUND", `\`${command}\` could not be started: ${run.code}`);
  const { exitCode, stdout, stderr } = run;
  if (run.kind === "aborted") return toolFailed("CANCELLED", `\`${command}\` was cancelled`);
  if (run.kind !== "ended")
    return toolFailed("COMMAND_OUTPUT_LIMIT", `\`${command}\` was stopped: ${run.kind}`);
  if (exitCode === 0)
    return {
      kind: "done",
      text: stdout === "" ? stderr : stdout,
      data: { exitCode, stdout, stderr },
      tainted: true,
    };
  const failure = {
    code: "COMMAND_EXIT",
    message: `\`${command}\` ended with exit code ${exitCode}`,
    retryable: false,
    detail: { exitCode, stderr: stderr.slice(-2_000), stdout: stdout.slice(-2_000) },
  };
  return { kind: "failed", failure, tainted: true };
}
