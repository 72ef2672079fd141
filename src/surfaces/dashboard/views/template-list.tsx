import { useState } from "preact/hooks";
import { api, type TemplateLine } from "../model/api.ts";
import { addressOf } from "../model/route.ts";
import { useAsked } from "./hooks.ts";
import { Problem } from "./problem.tsx";

/** Every template, by category. */
export function TemplateList() {
  const { value, error, again } = useAsked(api.templates);
  const [text, setText] = useState("");
  const wanted = text.toLowerCase();
  const found = (value?.templates ?? []).filter(({ name, description, category }) =>
    `${name} ${description} ${category}`.toLowerCase().includes(wanted),
  );
  const categories = [...new Set(found.map(({ category }) => category))].sort();
  return (
    <div class="narrow">
      <h1>Templates</h1>
      <label class="field">
        <span>Find</span>
        <input
          type="search"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          placeholder="name, category or words of the description"
        />
      </label>
      {error ? <Problem error={error} again={again} /> : null}
      {value && found.length === 0 ? (
        <div class="empty">
          <p>{wanted === "" ? "No template is registered here." : `No template says “${text}”.`}</p>
        </div>
      ) : null}
      {categories.map((category) => (
        <section key={category} aria-label={category}>
          <h2 class="category">{category}</h2>
          <ul class="templates">
            {found
              .filter((one) => one.category === category)
              .map((template) => (
                <TemplateCard key={`${template.name}@${template.version}`} template={template} />
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function TemplateCard({ template }: { readonly template: TemplateLine }) {
  const { name, version, description, steps, parameters } = template;
  const needed = parameters.filter(({ required }) => required).map((parameter) => parameter.name);
  return (
    <li>
      <a href={addressOf({ page: "template", name: `${name}@${version}` })}>
        <strong>{name}</strong> <span class="dim">{version}</span>
      </a>
      <p>{description}</p>
      <p class="dim">
        {steps.join(" · ")}
        {needed.length > 0 ? ` — needs ${needed.join(", ")}` : ""}
      </p>
    </li>
  );
}
