import { AbyssalError } from "../shared/diagnostic.ts";
import { nearestName } from "../shared/nearest-name.ts";

/** What is thrown when a run has no node of a path: RUN_NODE_UNKNOWN, with the nearest of the paths that it has. */
export function unknownNode(runId: string, path: string, paths: readonly string[]): AbyssalError {
  const near = nearestName(path, paths) ?? paths.find((known) => known.endsWith(`/${path}`));
  return new AbyssalError([
    {
      code: "RUN_NODE_UNKNOWN",
      severity: "error",
      place: runId,
      message: "the run has no such node",
      expected: `the path of one of its ${paths.length} nodes`,
      got: JSON.stringify(path),
      hint: near === undefined ? "abyssal plan shows the paths" : `did you mean "${near}"?`,
    },
  ]);
}
