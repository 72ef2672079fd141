import type { Task } from "../../actors/ports.ts";
import { contextLines } from "./drafting.ts";

/** What a standard or field asks to look at; each check can be carried out. */
export type Standard = {
  readonly id: string;
  readonly name: string;
  readonly pattern: RegExp;
  readonly checks: readonly {
    readonly look: string;
    readonly finding: string;
    readonly severity: "P0" | "P1" | "P2";
  }[];
};

function standard(id: string, name: string, pattern: RegExp, checks: readonly string[]): Standard {
  return {
    id,
    name,
    pattern,
    checks: checks.map((text) => {
      const [look, finding, severity] = text.split("|");
      return { look: look!, finding: finding!, severity: severity as "P0" | "P1" | "P2" };
    }),
  };
}

/** Checks in our own words; a section number is given only where the standard is widely cited by it. */
export const STANDARDS: readonly Standard[] = [
  standard("owasp", "OWASP Top 10 (2021)", /\bowasp\b/i, [
    "A01 Broken access control: call every route as another user and as nobody|an object of another user is read or changed|P0",
    "A02 Cryptographic failures: list what is stored and sent, and how it is protected|a secret or personal datum in clear text|P0",
    "A03 Injection: follow each input to queries, commands, templates and pages|input reaches an interpreter without a parameter or escape|P0",
    "A04 Insecure design: read the flows for limits and misuse cases|no limit on attempts, amounts or sizes|P1",
    "A05 Security misconfiguration: compare headers, defaults and error pages with the baseline|default credentials, stack traces or open admin pages|P1",
    "A06 Vulnerable components: run the advisory check of the lock file|a known vulnerability with a reachable path|P1",
    "A07 Authentication failures: try weak, leaked and repeated passwords; look at session ends|unlimited attempts or sessions that never end|P0",
    "A08 Integrity failures: trace how code and data are signed and by whom|unsigned updates or unchecked deserialisation|P1",
    "A09 Logging failures: do something forbidden and look for its trace|no entry, or one with secrets in it|P1",
    "A10 Server-side request forgery: find every URL that a user can influence|a request reaches an internal address|P0",
  ]),
  standard("gdpr", "GDPR", /\bgdpr\b|\bdsgvo\b/i, [
    "Art. 5 and 6: list each personal datum with its purpose and legal basis|a datum without purpose or basis|P0",
    "Art. 13: compare the privacy notice with what is really collected|something is collected that the notice does not name|P1",
    "Art. 15 to 17: carry out an access, a correction and an erasure request|data remain in a backup, log or index without a rule|P0",
    "Art. 25: check the defaults of every optional collection|a default that collects more than needed|P1",
    "Art. 28: list processors and their contracts|a processor without a contract|P1",
    "Art. 32: check encryption, rights and restore tests|no proof of a restore|P1",
    "Art. 33: rehearse a breach and time the steps|no way to notify within 72 hours|P0",
  ]),
  standard("pci", "PCI DSS", /\bpci\b/i, [
    "Scope: trace where a card number goes|a number in a log, a ticket or a database that is not meant for it|P0",
    "Storage: search for verification codes after authorisation|one is kept|P0",
    "Access: list who can see card data and why|shared accounts or no second factor|P0",
    "Scanning: look for the last internal and external scan|older than a quarter or with open findings|P1",
  ]),
  standard("hipaa", "HIPAA", /\bhipaa\b/i, [
    "Inventory: list systems that hold health information|a system that nobody listed|P0",
    "Access: check unique identities and automatic log-off|shared identities|P0",
    "Audit controls: read who opened a record|no trail for each record|P0",
    "Agreements: list associates and their contracts|one without a contract|P1",
  ]),
  standard("soc2", "SOC 2", /\bsoc ?2\b/i, [
    "Change control: follow three changes from request to release|a change without review|P1",
    "Access review: compare accounts with the staff list|an account of someone who left|P0",
    "Availability: read the last recovery test|no test in a year|P1",
    "Incident: follow the last incident to its lessons|no record of causes|P2",
  ]),
  standard("iso27001", "ISO/IEC 27001", /\biso[ /-]*(iec)?[ /-]*27001\b/i, [
    "Risk register: compare it with what is in operation|a system without an owner or a risk entry|P1",
    "Statement of applicability: check three controls in practice|a control on paper only|P1",
    "Supplier security: look at the last review|none for a supplier with access|P1",
  ]),
  standard("wcag", "WCAG 2.2", /\bwcag\b|\baccessib/i, [
    "Keyboard: reach and leave every control without a mouse|a trap or an unreachable control|P0",
    "Contrast: measure text against its ground|below 4.5 to 1 for body text|P1",
    "Names: read the page with a screen reader|a control without a name|P1",
    "Errors: submit a form with faults|an error shown by colour alone|P1",
  ]),
  standard("nist", "NIST CSF", /\bnist\b/i, [
    "Identify: list assets and their owners|an asset without an owner|P1",
    "Protect: check least privilege on three systems|rights beyond the task|P1",
    "Detect: raise a test alarm|nobody notices within the agreed time|P1",
    "Respond and recover: walk through the last exercise|no exercise in a year|P1",
  ]),
];

/** Fields of work, recognised in the role or the context. */
const FIELDS: readonly Standard[] = [
  standard("web", "Web application", /\bweb|browser|frontend|front-end/i, [
    "Headers: content security policy, transport security, frame rules|missing or with unsafe-inline|P1",
    "Cookies: secure, http-only, same-site on every session cookie|one of them missing|P1",
    "Forms: cross-site request protection on every change|a change by a foreign page succeeds|P0",
    "Uploads: type, size, name and place of each file|a file is served with an executable type|P0",
  ]),
  standard("react", "React", /\breact\b/i, [
    "dangerouslySetInnerHTML: find every use and its input|unescaped user input|P0",
    "Links: find href and src from user input|a javascript: address is accepted|P0",
    "State: look for tokens in local storage|a session token readable by scripts|P1",
    "Bundle: search the built files for keys and internal addresses|one is found|P0",
  ]),
  standard("api", "API", /\bapi\b|\brest\b|\bgraphql\b/i, [
    "Schema: send missing, extra and oversize fields|the answer is not a clear refusal|P1",
    "Object rights: change ids in each request|another tenant's object answers|P0",
    "Rate: send ten times the expected calls|no limit is met|P1",
  ]),
  standard("cloud", "Cloud and containers", /\bcloud|kubernetes|container|docker|aws|azure|gcp\b/i, [
    "Identity: list roles with wildcards|a wildcard in production|P0",
    "Network: list what the internet reaches|a database or admin port|P0",
    "Images: check base images and their age|root user or known vulnerabilities|P1",
  ]),
  standard("quality", "Quality assurance", /\bquality|\bqa\b|\btest/i, [
    "Risk coverage: match the top ten risks with tests|a risk without a test|P0",
    "Flakiness: run the suite ten times|a test with two outcomes|P1",
    "Mutation: break ten lines on purpose|a break that no test notices|P1",
    "Exploration: an hour on the newest feature with a charter|a defect that no script looks for|P2",
  ]),
  standard("performance", "Performance", /\bperform|latency|speed|optimi[sz]/i, [
    "Budget: compare p99 of the main operations with their targets|over target or no target|P1",
    "Growth: run at ten times the data|time grows faster than the data|P1",
    "Memory: run for an hour at constant load|use that does not level off|P1",
  ]),
  standard("data", "Data", /\bdata|database|analytics|warehouse\b/i, [
    "Lineage: follow three figures to their source|a figure that cannot be followed|P1",
    "Quality: count nulls, duplicates and late rows|over the agreed share|P1",
    "Rights: list who reads personal columns|readers without a task|P0",
  ]),
];

const BASE = standard("role", "General duties", /.^/, [
  "Inputs: everything needed is there and dated|work begins on a guess|P1",
  "Evidence: each statement points to where it was seen|a statement without evidence|P1",
  "Completeness: what was not looked at is named|silence about a gap|P1",
]);

/** The most severe checks of a standard, at most `most`, in the standard's own order among equals. */
export function foremost(standard: Standard, most: number): Standard["checks"] {
  return [...standard.checks].sort((a, b) => a.severity.localeCompare(b.severity)).slice(0, most);
}

/** The standards and fields that a task names in its parameters, its context or its prompt's subject; never empty. */
export function standardsFor(task: Task, subject: string): readonly Standard[] {
  const text = [
    subject,
    ...["specialization", "scope"].map((name) => String(task.parameters[name] ?? "")),
    ...contextLines(task).map((line) => `${line.name} ${line.text}`),
  ]
    .join(" ")
    .replaceAll("_", " ");
  const found = [...STANDARDS, ...FIELDS].filter((candidate) => candidate.pattern.test(text));
  const security = /secur|audit|pentest/i.test(text) && !found.some((s) => s.id === "owasp");
  const extra = security ? STANDARDS.filter((s) => s.id === "owasp") : [];
  const all = [...extra, ...found];
  return all.length > 0 ? all : [BASE];
}
