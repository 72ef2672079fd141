import compareBuild from "semver/functions/compare-build.js";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import type { Diagnostic, Span } from "../shared/diagnostic.ts";
import { hashJson } from "../shared/hash.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { AgentKind, Template } from "./template.ts";

/**
 * The templates and agent kinds that programs may name, with versions of one template side by side.
 *
 * I1 It never changes after `create`.
 * I2 One template for each name and version, one agent kind for each name.
 * I3 `hash` and every listing depend on what is registered, not on the order in which it was given.
 */
export class TemplateRegistry {
  /** Whether versions of one template may stand side by side. */
  readonly isVersioned: boolean;
  /** SHA3-256 over the hashes of all templates and agent kinds. */
  readonly hash: string;
  readonly #templates: readonly Template[];
  readonly #agentKinds: readonly AgentKind[];
  /** Versions of each name, the highest first. */
  readonly #versions: ReadonlyMap<string, readonly Template[]>;
  /** What a name alone means, once it was asked for. */
  readonly #usual = new Map<string, Template>();
  readonly #kindsByName: ReadonlyMap<string, AgentKind>;

  private constructor(
    templates: readonly Template[],
    agentKinds: readonly AgentKind[],
    isVersioned: boolean,
  ) {
    this.isVersioned = isVersioned;
    this.#templates = Object.freeze([...templates].sort(byCategoryNameVersion));
    this.#agentKinds = Object.freeze([...agentKinds].sort((a, b) => compare(a.name, b.name)));
    this.#kindsByName = new Map(this.#agentKinds.map((kind) => [kind.name, kind]));
    const versions = new Map<string, Template[]>();
    for (const template of this.#templates.toReversed()) {
      const known = versions.get(template.name) ?? [];
      versions.set(template.name, [...known, template]);
    }
    for (const known of versions.values()) known.sort((a, b) => compareBuild(b.version, a.version));
    this.#versions = versions;
    this.hash = hashJson({
      templates: this.#templates.map(({ name, version, hash }) => [name, version, hash]),
      agentKinds: this.#agentKinds.map(({ source: _, ...kind }) => kind),
    });
  }

  /**
   * Errors: TEMPLATE_DUPLICATE for one name and version twice, and where they may not stand side by side for two versions of one
   * name; AGENT_DUPLICATE for one kind twice.
   */
  static create(
    templates: readonly Template[],
    agentKinds: readonly AgentKind[],
    isVersioned = true,
  ): Result<TemplateRegistry, Diagnostic[]> {
    const found = [
      ...(isVersioned
        ? duplicates(templates, ({ name, version }) => `${name}@${version}`, VERSION_TWICE)
        : duplicates(templates, ({ name }) => name, NAME_TWICE)),
      ...duplicates(agentKinds, ({ name }) => name, KIND_TWICE),
    ];
    return found.length > 0 ? err(found) : ok(new TemplateRegistry(templates, agentKinds, isVersioned));
  }

  /**
   * The highest version of a template that satisfies a semver range; without a range the highest release, or the
   * highest pre-release when there is no release. Errors: TEMPLATE_UNKNOWN, TEMPLATE_VERSION_UNKNOWN.
   */
  get(name: string, versionRange?: string): Result<Template, Diagnostic> {
    const versions = this.#versions.get(name);
    if (!versions)
      return err(unknown("TEMPLATE_UNKNOWN", "template", name, [...this.#versions.keys()].sort(compare)));
    if (versionRange === undefined) return ok(this.#usualOf(name, versions));
    const found = versions.find((template) => satisfies(template.version, versionRange));
    return found ? ok(found) : err(unknownVersion(name, versionRange, versions));
  }

  #usualOf(name: string, versions: readonly Template[]): Template {
    const known = this.#usual.get(name);
    if (known) return known;
    const usual = versions.find((template) => satisfies(template.version, "*")) ?? versions[0]!;
    this.#usual.set(name, usual);
    return usual;
  }

  /** A kind of agent by its name. Error: AGENT_UNKNOWN. */
  agentKind(name: string): Result<AgentKind, Diagnostic> {
    const kind = this.#kindsByName.get(name);
    return kind ? ok(kind) : err(unknown("AGENT_UNKNOWN", "agent kind", name, [...this.#kindsByName.keys()]));
  }

  /** Every template, by category, name and version. */
  list(): readonly Template[] {
    return this.#templates;
  }

  /** Every agent kind, by name. */
  agentKinds(): readonly AgentKind[] {
    return this.#agentKinds;
  }
}

/** By UTF-16 units, the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byCategoryNameVersion(a: Template, b: Template): number {
  return compare(a.category, b.category) || compare(a.name, b.name) || compareBuild(a.version, b.version);
}

type Twice = {
  readonly code: string;
  readonly what: string;
  readonly expected: string;
  readonly hint: string;
};

const VERSION_TWICE: Twice = {
  code: "TEMPLATE_DUPLICATE",
  what: "template",
  expected: "one template of that name and version",
  hint: "raise the version of one, or remove one",
};
const NAME_TWICE: Twice = {
  code: "TEMPLATE_DUPLICATE",
  what: "template",
  expected: "one template of that name, as templates.version_control is off",
  hint: "remove one, or let versions stand side by side",
};
const KIND_TWICE: Twice = {
  code: "AGENT_DUPLICATE",
  what: "agent kind",
  expected: "one agent kind of that name",
  hint: "rename or remove one",
};

function duplicates<T extends { readonly source: string }>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { code, what, expected, hint }: Twice,
): Diagnostic[] {
  const first = new Map<string, T>();
  return items.flatMap((item) => {
    const key = keyOf(item);
    const earlier = first.get(key);
    if (!earlier) {
      first.set(key, item);
      return [];
    }
    return [
      {
        code,
        severity: "error" as const,
        message: `${what} ${key} stands in two files`,
        span: startOf(item.source),
        expected,
        got: `a second one in ${item.source}`,
        hint,
        related: [
          { message: "first here", span: startOf(earlier.source) },
          { message: "again here", span: startOf(item.source) },
        ],
      },
    ];
  });
}

function startOf(source: string): Span {
  const start = { offset: 0, line: 1, column: 1 };
  return { source, start, end: start };
}

function unknown(code: string, what: string, name: string, names: readonly string[]): Diagnostic {
  const near = nearestName(name, names);
  return {
    code,
    severity: "error",
    message: `there is no ${what} "${name}"`,
    place: name,
    expected: names.length === 0 ? `a registered ${what}; none is registered` : `one of ${names.join(", ")}`,
    got: name,
    hint: near === undefined ? `add a file for it to a template folder` : `did you mean "${near}"?`,
  };
}

function unknownVersion(name: string, range: string, versions: readonly Template[]): Diagnostic {
  const known = versions.map((template) => template.version).join(", ");
  const valid = validRange(range) !== null;
  return {
    code: "TEMPLATE_VERSION_UNKNOWN",
    severity: "error",
    message: valid
      ? `no version of ${name} satisfies ${range}`
      : `"${range}" is no version or range of versions`,
    place: `${name}@${range}`,
    expected: `one of ${known}, or a range such as ^${versions[0]?.version ?? "1.0.0"}`,
    got: range,
    hint: `write ${name}@${versions[0]?.version ?? "1.0.0"}, or ${name} for the newest`,
  };
}
