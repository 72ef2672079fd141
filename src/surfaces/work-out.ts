import { join } from "node:path";
import { compileTemplates } from "./compile-templates.ts";
import { defaultConfig } from "./config/check-config.ts";
import { hashOfDraftRules } from "./draft-rules.ts";
import type { WorkedOut } from "./worked-out.ts";

/** What every process of one build would work out anew. Throws AbyssalError with what is wrong in a shipped template. */
export async function workOut(root: string): Promise<WorkedOut> {
  return {
    templates: await compileTemplates(join(root, "templates")),
    config: defaultConfig,
    draftRules: await hashOfDraftRules(),
  };
}
