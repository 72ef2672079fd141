import type { RunResult } from "../../run-result.ts";
import { countText } from "../model/wording.ts";

type AnswerFilesProps = {
  readonly artifacts: RunResult["artifacts"];
  readonly select: (path: string) => void;
};

/** The files of the answer: each to be read, kept, and traced to the agent that made it. */
export function AnswerFiles({ artifacts, select }: AnswerFilesProps) {
  if (artifacts.length === 0) return null;
  return (
    <section aria-labelledby="files-title">
      <h2 id="files-title">Files</h2>
      <ul class="files">
        {artifacts.map((artifact) => (
          <li key={artifact.path}>
            <details>
              <summary>
                <code>{artifact.path}</code>{" "}
                <span class="dim">{countText(artifact.content.length)} characters</span>
              </summary>
              <div class="buttons">
                <button type="button" onClick={() => keep(artifact)}>
                  Save
                </button>
                <button type="button" onClick={() => select(artifact.from)}>
                  Whose work
                </button>
              </div>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
              <pre tabIndex={0}>
                <code>{artifact.content}</code>
              </pre>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Always as plain bytes: a file of an answer must not be opened as a page. */
function keep({ path, content }: RunResult["artifacts"][number]): void {
  const address = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = path.split("/").at(-1)!;
  link.click();
  URL.revokeObjectURL(address);
}
