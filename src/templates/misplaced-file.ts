import type { Diagnostic } from "../shared/diagnostic.ts";
import { isJsonObject } from "../shared/json.ts";
import { invalid } from "./schema-diagnostics.ts";
import type { SourceDocument } from "./source-document.ts";

export type FileKind = "template" | "agent kind";

/** Keys by which the one kind of file is told from the other, and where it belongs. */
const KINDS: Readonly<Record<FileKind, { readonly marks: readonly string[]; readonly belongs: string }>> = {
  template: {
    marks: ["steps"],
    belongs: "templates stand in the folder of templates itself, such as templates/review.yaml",
  },
  "agent kind": {
    marks: ["system", "performers"],
    belongs:
      "agent kinds stand in agents/ below the folder of templates, such as templates/agents/reviewer.yaml",
  },
};

/** What is told of a file that was read as one kind and is of the other; null where it does not look so. */
export function misplacedFile(document: SourceDocument, readAs: FileKind): Diagnostic | null {
  const { value } = document;
  if (!isJsonObject(value)) return null;
  const markOf = (kind: FileKind): string | undefined =>
    KINDS[kind].marks.find((mark) => Object.hasOwn(value, mark));
  const other = readAs === "template" ? "agent kind" : "template";
  const mark = markOf(other);
  if (mark === undefined || markOf(readAs) !== undefined) return null;
  return invalid(document, [mark], "key", `the file looks like ${withArticle(other)}`, {
    expected: withArticle(readAs),
    got: `${mark}: ...`,
    hint: KINDS[other].belongs,
  });
}

function withArticle(kind: FileKind): string {
  return kind === "template" ? "a template" : "an agent kind";
}
