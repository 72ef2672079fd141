import type { Diagnostic } from "../../shared/diagnostic.ts";
import type { Json } from "../../shared/json.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { checkTools, type ToolCatalogue, type ToolTerms } from "../../shared/tool-names.ts";
import type { AgentKind, Step } from "../../templates/template.ts";

/** What a list of tools is checked with; `known` gives the value of what the plan knows, undefined of what only the run will. */
export type ToolSite = {
  readonly path: string;
  readonly catalogue: ToolCatalogue | undefined;
  readonly known: (value: Json) => Json | undefined;
};

/**
 * What an agent of a step may use: what the step lists, or else what its kind has. Errors: TOOL_UNKNOWN, TOOL_NOT_ALLOWED,
 * TOOLS_INVALID; a list that only the run will know is checked there.
 */
export function toolTermsOf(
  { tools }: Pick<Step, "tools">,
  kind: AgentKind,
  site: ToolSite,
): Result<{ readonly tools?: ToolTerms }, readonly Diagnostic[]> {
  const written = tools?.use ?? kind.tools;
  if (written === undefined || (Array.isArray(written) && written.length === 0)) return ok({});
  const use = site.known(written as Json);
  if (use === null || use === "") return ok({});
  if (use !== undefined && !(Array.isArray(use) && use.every((name) => typeof name === "string")))
    return err([invalid(site.path, use)]);
  const within = tools?.use === undefined ? undefined : kind.tools;
  const findings = use
    ? checkTools(use as readonly string[], within, site.catalogue ?? { names: [], servers: [] })
    : [];
  if (findings.length > 0)
    return err(
      findings.map((finding) => ({
        ...finding,
        severity: "error",
        message: `${site.path}: ${finding.message}`,
      })),
    );
  if (use?.length === 0) return ok({});
  const { autonomy, deadline } = tools ?? {};
  return ok({
    tools: {
      use: (use as readonly string[] | undefined) ?? written,
      ...(autonomy === undefined ? {} : { autonomy }),
      ...(within ? { within } : {}),
      ...(deadline ? { deadline } : {}),
    },
  });
}

function invalid(path: string, got: Json): Diagnostic {
  return {
    code: "TOOLS_INVALID",
    severity: "error",
    message: `${path}: its tools are no list`,
    expected: "a list of names",
    got: JSON.stringify(got).slice(0, 100),
  };
}
