import { useRef, useState } from "preact/hooks";
import type { Parameter } from "../../../templates/template.ts";
import { api, type TemplateLine } from "../model/api.ts";
import { formValues, type Written } from "../model/form-values.ts";
import { addressOf } from "../model/route.ts";
import { announce } from "./announcer.tsx";
import { go } from "./app.tsx";
import { useAsked } from "./hooks.ts";
import { ParameterField } from "./parameter-field.tsx";
import { Problem } from "./problem.tsx";

/** One template with a field for each parameter; sending it starts a run. */
export function TemplateForm({ name }: { readonly name: string }) {
  const { value, error, again } = useAsked(api.templates);
  const [wanted, version] = name.split("@");
  const template = value?.templates.find(
    (one) => one.name === wanted && (version === undefined || one.version === version),
  );
  return (
    <div class="narrow">
      <p>
        <a href={addressOf({ page: "templates" })}>← Templates</a>
      </p>
      {error ? <Problem error={error} again={again} /> : null}
      {value && !template ? (
        <div class="empty">
          <p>There is no template {name} here.</p>
        </div>
      ) : null}
      {template ? <Form template={template} /> : null}
    </div>
  );
}

function Form({ template }: { readonly template: TemplateLine }) {
  const { name, version, description, parameters, steps } = template;
  const [written, setWritten] = useState<Written>({});
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const values = formValues(parameters, written);
    setFaults(values.ok ? {} : values.faults);
    if (!values.ok) {
      const first = parameters.find((parameter) => parameter.name in values.faults)!;
      form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(first.name)}"]`)?.focus();
      announce(`${first.name}: ${values.faults[first.name]}`);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const { runId } = await api.start(`${name}@${version}`, values.parameters);
      go({ page: "run", runId, tab: "timeline" });
    } catch (problem) {
      setError(problem as Error);
      setBusy(false);
    }
  };
  return (
    <form ref={form} class="template-form" onSubmit={send} noValidate>
      <h1>
        {name} <span class="dim">{version}</span>
      </h1>
      <p>{description}</p>
      <p class="dim">Steps: {steps.join(", ")}</p>
      {parameters.map((parameter: Parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          text={written[parameter.name]}
          fault={faults[parameter.name]}
          change={(text) => setWritten((before) => ({ ...before, [parameter.name]: text }))}
        />
      ))}
      {parameters.length === 0 ? <p class="dim">It takes no parameters.</p> : null}
      {error ? <Problem error={error} /> : null}
      <button type="submit" class="primary" disabled={isBusy}>
        Start a run
      </button>
    </form>
  );
}
