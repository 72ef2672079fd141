import type { Span } from "../shared/diagnostic.ts";

/** The syntax tree of a program. Every node knows where it stood. */
export type Program = {
  readonly kind: "program";
  readonly statements: readonly Statement[];
  readonly span: Span;
};

/** `name = chain`; `name` is absent when nothing is bound. */
export type Statement = {
  readonly kind: "statement";
  readonly name?: Name;
  readonly body: Expression;
  readonly span: Span;
};

/** What may stand between `->` and `&`. A chain or fork always has two or more parts. */
export type Expression = Chain | Fork | Command | Reference;

/** `a -> b -> c`: each step sees the results before it. */
export type Chain = { readonly kind: "chain"; readonly steps: readonly Expression[]; readonly span: Span };

/** `a & b & c`: all at once. */
export type Fork = { readonly kind: "fork"; readonly branches: readonly Expression[]; readonly span: Span };

/** `ABYSSAL[NAME@VERSION](arguments)`. */
export type Command = {
  readonly kind: "command";
  readonly template: Name;
  readonly version?: Name;
  readonly arguments: readonly Argument[];
  readonly span: Span;
};

/** `$name`: the answer of the statement bound to that name. */
export type Reference = { readonly kind: "reference"; readonly name: string; readonly span: Span };

/** A positional argument has no name. */
export type Argument = { readonly name?: Name; readonly value: Value; readonly span: Span };

/** A name as it is written, with its place. */
export type Name = { readonly text: string; readonly span: Span };

/** A JSON5 value, in which a command or a reference may stand anywhere. */
export type Value =
  | { readonly kind: "literal"; readonly value: null | boolean | number | string; readonly span: Span }
  | { readonly kind: "array"; readonly items: readonly Value[]; readonly span: Span }
  | { readonly kind: "object"; readonly members: readonly Member[]; readonly span: Span }
  | Command
  | Reference;

/** One member of an object; of duplicate keys the last one counts, the parser keeps all. */
export type Member = { readonly key: Name; readonly value: Value };
