import { Layout, needsBareForks } from "./layout.ts";
import type { Program } from "./syntax.ts";

/** The text of a program's tree in the standard layout, without comments; parsing it gives the same tree. */
export function printProgram(program: Program): string {
  const layout = new Layout({ bareForks: needsBareForks(program.statements) });
  return program.statements.map((statement) => `${layout.statement(statement, 0)}\n`).join("");
}
