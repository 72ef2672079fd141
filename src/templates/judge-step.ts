import type { JsonObject } from "../shared/json.ts";
import type { StepFile } from "./step-schema.ts";

/** The name of the step that a judge is. */
export const JUDGE = "judge";

/** What expressions of a judge see beside everything else. */
export const JUDGE_NAMES: readonly string[] = ["candidates", "conflicts", "undecided"];

/** What a judge is asked unless the template says otherwise. */
const PROMPT = `You judge between the results of other agents. Do none of their work anew; say which stands, by the facts alone.
{% for candidate in candidates %}
Candidate {{ candidate.path }}{% if candidate.confidence %}, confidence {{ candidate.confidence.value }} ({{ candidate.confidence.source }}){% endif %}:
<result of="{{ candidate.path }}">
{{ candidate.output }}
</result>
{% endfor %}
{% for conflict in conflicts %}
Conflict {{ conflict.id }}, about the {{ conflict.kind }} {{ conflict.subject }}:
{% for option in conflict.options %}
Option {{ option.id }}, by {{ option.paths | join: ", " }}:
<option id="{{ option.id }}">
{% if option.content %}{{ option.content }}{% else %}{{ option.value | json }}{% endif %}
</option>
{% endfor %}
{% endfor %}
Answer with "choice": the path of the candidate that is the best as a whole, and "reason": why; and with "rulings": for each
conflict its "conflict" (its id), the "option" that stands (its id), and the "reason".`;

/** The form of a judge's word. */
const OUTPUT: JsonObject = {
  type: "object",
  required: ["choice", "rulings"],
  properties: {
    choice: { type: "string", description: "The path of the best candidate; empty: none" },
    reason: { type: "string" },
    rulings: {
      type: "array",
      items: {
        type: "object",
        required: ["conflict", "option", "reason"],
        properties: {
          conflict: { type: "string" },
          option: { type: "string" },
          reason: { type: "string" },
        },
      },
    },
  },
};

/** A judge as the step that it is: it runs where there is something to judge; one that fails leaves that to the rules after it. */
export function judgeStep({
  agent,
  model,
  prompt,
}: {
  readonly agent: string;
  readonly model?: string | undefined;
  readonly prompt?: string | undefined;
}): StepFile {
  return {
    agent,
    ...(model === undefined ? {} : { model }),
    prompt: prompt ?? PROMPT,
    when: "undecided",
    output: OUTPUT,
    fallback: { output: "" },
  };
}
