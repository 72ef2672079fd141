import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { type Finding, found } from "./stream-report.ts";

/** What package.json and the lock file say by themselves, without any service. */
export type LockReport = {
  readonly declared: number;
  /** null without a lock file that lists packages. */
  readonly locked: number | null;
  readonly installScripts: number;
  readonly deprecated: number;
  /** Licence -> packages, `not stated` included. */
  readonly licences: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
};

const GROUPS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const;
const COPYLEFT = /\b(?:A?GPL)(?:-|\b)/i;

/** Checks declared ranges and locked packages; `lock` is a package-lock.json of version 2 or 3. */
export function checkLock(manifest: JsonObject, lock: JsonObject | null): LockReport {
  const findings: Finding[] = [];
  const declared = checkRanges(manifest, lock !== null, findings);
  const packages = isJsonObject(lock?.packages)
    ? Object.entries(lock.packages).filter(
        ([path, one]) => path.includes("node_modules/") && isJsonObject(one) && one.link !== true,
      )
    : null;
  const licences: Record<string, number> = {};
  let installScripts = 0;
  let deprecated = 0;
  for (const [path, value] of packages ?? []) {
    const one = value as JsonObject;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const place = `${name}@${String(one.version ?? "?")}`;
    const licence = typeof one.license === "string" ? one.license : "not stated";
    licences[licence] = (licences[licence] ?? 0) + 1;
    if (one.hasInstallScript === true) {
      installScripts++;
      findings.push(
        found(
          "install-script",
          one.dev === true ? "low" : "medium",
          place,
          "runs a script when it is installed",
          "nothing of others runs before you read it",
          "M",
        ),
      );
    }
    if (typeof one.deprecated === "string") {
      deprecated++;
      findings.push(
        found(
          "deprecated",
          "medium",
          place,
          `deprecated: ${one.deprecated.slice(0, 200)}`,
          "fixes go on arriving",
          "M",
        ),
      );
    }
    findings.push(...originOf(place, one));
    if (COPYLEFT.test(licence) && one.dev !== true && !/\bLGPL/i.test(licence)) {
      findings.push(
        found(
          "licence",
          "medium",
          place,
          `licence ${licence}: check that it fits yours`,
          "no surprise when you distribute",
          "M",
        ),
      );
    }
  }
  return { declared, locked: packages?.length ?? null, installScripts, deprecated, licences, findings };
}

function checkRanges(manifest: JsonObject, locked: boolean, findings: Finding[]): number {
  let declared = 0;
  for (const group of GROUPS) {
    const entries = isJsonObject(manifest[group]) ? Object.entries(manifest[group]) : [];
    declared += entries.length;
    for (const [name, value] of entries) {
      const range = String(value).trim();
      const place = `package.json ${group}.${name}`;
      if (/^(?:git\b|git\+|github:|gitlab:|bitbucket:|[\w-]+\/[\w.-]+(?:#|$))/.test(range)) {
        findings.push(
          found(
            "git-dependency",
            "medium",
            place,
            `comes from a repository (\`${range}\`), not from the registry`,
            "a fixed, checked version",
            "M",
          ),
        );
      } else if (/^https?:/.test(range)) {
        const severity = range.startsWith("http:") ? "high" : "medium";
        findings.push(
          found(
            "url-dependency",
            severity,
            place,
            `comes from an address (\`${range}\`)`,
            "a fixed, checked version",
            "M",
          ),
        );
      } else if (group !== "peerDependencies" && /^(?:\*|x|latest|next|)$|^>=?[^<]*$/i.test(range)) {
        findings.push(
          found(
            "unpinned",
            locked ? "low" : "medium",
            place,
            `range \`${range}\` allows any later version`,
            "updates come when you choose",
            "S",
          ),
        );
      } else if (!locked && /^[\^~]/.test(range)) {
        findings.push(
          found(
            "unpinned",
            "low",
            place,
            `range \`${range}\` and no lock file: every install may differ`,
            "the same packages everywhere",
            "S",
          ),
        );
      }
    }
  }
  return declared;
}

function originOf(place: string, one: JsonObject): readonly Finding[] {
  const resolved = typeof one.resolved === "string" ? one.resolved : "";
  if (/^git(?:\+|:)/.test(resolved)) {
    return [
      found(
        "git-dependency",
        "medium",
        place,
        "is locked to a repository, without an integrity hash",
        "a checked package",
        "M",
      ),
    ];
  }
  if (resolved.startsWith("http:")) {
    return [
      found(
        "plain-http",
        "high",
        place,
        "is fetched without encryption",
        "nobody can swap it on the way",
        "S",
      ),
    ];
  }
  if (resolved.startsWith("https:") && typeof one.integrity !== "string") {
    return [
      found(
        "no-integrity",
        "medium",
        place,
        "has no integrity hash in the lock file",
        "a changed package is refused",
        "S",
      ),
    ];
  }
  return [];
}
