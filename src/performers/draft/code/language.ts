import type { Task } from "../../../actors/ports.ts";
import { genericDomain } from "../domains/generic.ts";
import { recogniseDomain } from "../domains/recognise.ts";
import { rawSubject, textOf, upstreamValue } from "../drafting.ts";
import { inline } from "../markdown.ts";
import { commentText, pascal, slug, snake } from "../names.ts";
import { type CodeBrief, LANGUAGES, type Language, type Printer } from "./code-brief.ts";
import { goPrinter } from "./go.ts";
import { parseSketch } from "./parse-sketch.ts";
import { pythonPrinter } from "./python.ts";
import { rustPrinter } from "./rust.ts";
import { signatureOf } from "./sketch.ts";
import { typescriptPrinter } from "./typescript.ts";

export const PRINTERS: Readonly<Record<Language, Printer>> = {
  typescript: typescriptPrinter,
  python: pythonPrinter,
  rust: rustPrinter,
  go: goPrinter,
};

/** The language asked for, else that of a result upstream, else TypeScript. */
export function languageOf(task: Task): Language {
  const wanted = textOf(task, "language") ?? upstreamValue(task, "language");
  return LANGUAGES.find((language) => language === wanted) ?? "typescript";
}

/** What prints the language that a task is about. */
export function printerOf(task: Task): Printer {
  return PRINTERS[languageOf(task)];
}

/** Endings that a class name may keep as they are; others get `Service`, so that no built-in name is taken. */
const NOUNS =
  /(Service|Gateway|Registry|Engine|Scheduler|Queue|Cache|Parser|Indexer|Api|Interface|Manager|Store)$/;

/** The framework asked for, in lower case, when the language's printer knows it. */
function frameworkOf(task: Task, language: Language): string | undefined {
  const wanted = textOf(task, "framework")?.toLowerCase();
  return PRINTERS[language].frameworks.find((name) => name === wanted);
}

/** ` with fastify`, or why the framework is not honoured; empty when none was asked for. */
export function frameworkNote(task: Task): string {
  const wanted = textOf(task, "framework");
  if (!wanted) return "";
  const language = languageOf(task);
  if (frameworkOf(task, language)) return ` with ${inline(wanted, 40)}`;
  const { title, frameworks } = PRINTERS[language];
  return ` (${inline(wanted, 40)} is not known to the rules for ${title}; known: ${frameworks.join(", ")})`;
}

/** The scaffold that a task asks for; a test's target gives the same one as the code's component. */
export function codeBrief(task: Task): CodeBrief {
  const subject = rawSubject(task);
  const sketch = parseSketch(recogniseDomain(subject).sketch ?? genericDomain(subject).sketch!);
  const taken = new Set(sketch.records.map((record) => record.name));
  const name = pascal(subject);
  const className = NOUNS.test(name) && !taken.has(name) ? name : `${name}Service`;
  const complexity = textOf(task, "complexity");
  const language = languageOf(task);
  return {
    title: commentText(subject),
    slug: slug(subject),
    snake: snake(subject),
    className,
    sketch,
    complexity: complexity === "simple" || complexity === "complex" ? complexity : "medium",
    framework: frameworkOf(task, language),
  };
}

/** The signatures of the operations of a component with this name. */
export function operationsNamed(name: string): readonly string[] {
  return parseSketch(recogniseDomain(name).sketch ?? genericDomain(name).sketch!).operations.map(signatureOf);
}
