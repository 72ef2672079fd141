import type { Parameter } from "../../../templates/template.ts";
import { initialText } from "../model/form-values.ts";

export type ParameterFieldProps = {
  readonly parameter: Parameter;
  /** Undefined: nothing was written yet. */
  readonly text: string | undefined;
  readonly fault: string | undefined;
  readonly change: (text: string) => void;
};

const HINTS: Partial<Record<Parameter["type"], string>> = {
  array: "one element a line, or a JSON list",
  object: "a JSON object",
  span: "a span of time such as 30s or 12_months",
  any: "JSON, or any text",
};

/** A field of the kind that suits the parameter. */
export function ParameterField({ parameter, text, fault, change }: ParameterFieldProps) {
  const { name, required, description, type, orSpan, minimum, maximum } = parameter;
  const id = `parameter-${name}`;
  const bounds = [
    minimum === undefined ? "" : `from ${minimum}`,
    maximum === undefined ? "" : `up to ${maximum}`,
  ].filter((one) => one !== "");
  const form = parameter.secret ? "a secret: the name of a variable of the server, as env:NAME" : HINTS[type];
  const hint = [description, form, orSpan && type !== "span" ? "or a span of time" : "", ...bounds]
    .filter((one) => one)
    .join("; ");
  return (
    <div class="field">
      <label for={id}>
        {name}
        {required ? <span class="needed"> needed</span> : null}
      </label>
      <Control
        parameter={parameter}
        id={id}
        text={text ?? initialText(parameter)}
        fault={fault}
        change={change}
      />
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      {fault ? (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      ) : null}
    </div>
  );
}

type ControlProps = ParameterFieldProps & { readonly id: string; readonly text: string };

function Control({ parameter, id, text, fault, change }: ControlProps) {
  const { name, type, values = [], required, orSpan } = parameter;
  const shared = {
    id,
    name,
    required,
    "aria-invalid": fault !== undefined,
    "aria-describedby": `${id}-hint${fault ? ` ${id}-fault` : ""}`,
  };
  if (type === "boolean")
    return (
      <input
        {...shared}
        type="checkbox"
        checked={text === "true"}
        onChange={({ currentTarget }) => change(String(currentTarget.checked))}
      />
    );
  if (type === "enum" && !orSpan)
    return (
      <select {...shared} value={text} onChange={({ currentTarget }) => change(currentTarget.value)}>
        {text === "" ? <option value="" /> : null}
        {values.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    );
  if (type === "array" || type === "object" || type === "any")
    return (
      <textarea
        {...shared}
        rows={Math.max(3, Math.min(12, text.split("\n").length))}
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
    );
  return (
    <>
      <input
        {...shared}
        type="text"
        inputMode={type === "number" || type === "integer" ? "decimal" : "text"}
        list={values.length > 0 ? `${id}-values` : undefined}
        value={text}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
      {values.length > 0 ? (
        <datalist id={`${id}-values`}>
          {values.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      ) : null}
    </>
  );
}
