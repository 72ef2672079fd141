import type { Span } from "../shared/diagnostic.ts";
import type { Comment } from "./scanner.ts";
import type {
  Argument,
  Chain,
  Command,
  Expression,
  Fork,
  Member,
  Program,
  Statement,
  Value,
} from "./syntax.ts";

/** What a comment can belong to: an element of some list, before or after which it stands. */
type Anchor = Statement | Argument | Member | Value | Expression;

export type LeadingComment = {
  readonly text: string;
  /** Stays on the line of what follows it. */
  readonly inline: boolean;
  /** A blank line stood before it. */
  readonly blankBefore: boolean;
};

/** The comments of one element, and those at the end of the list that it is. */
export type Attached = {
  readonly leading: LeadingComment[];
  readonly trailing: string[];
  readonly end: LeadingComment[];
  blankBefore: boolean;
};

type Extent = { readonly start: number; readonly end: number };

/**
 * Decides for every comment of a program which element it belongs to, so that a printer can put it beside the same
 * element again.
 * Owns: that decision. Does not own: how comments are printed.
 * I1: every comment is attached exactly once, in the order of the text.
 * I2: a comment moves outwards only, never into a command's parentheses: `#` is no comment there.
 * I3: printed where it is attached, a comment is attached the same way again.
 */
export class CommentAttachment {
  readonly #attached = new Map<object, Attached>();
  readonly #text: string;

  constructor(program: Program, comments: readonly Comment[], text: string) {
    this.#text = text;
    const statements = program.statements;
    const extents = statements.map((statement) => ({
      start: statement.span.start.offset,
      end: effectiveEnd(statement.body),
    }));
    for (const statement of statements) {
      this.of(statement).blankBefore = this.#blankBefore(statement.span.start.offset);
    }
    this.#distribute(program, statements, extents, comments, 0);
  }

  of(node: object): Attached {
    let attached = this.#attached.get(node);
    if (attached === undefined) {
      attached = { leading: [], trailing: [], end: [], blankBefore: false };
      this.#attached.set(node, attached);
    }
    return attached;
  }

  /** Shares out the comments of one list among its elements, the gaps between them and its end. */
  #distribute(
    list: object,
    anchors: readonly Anchor[],
    extents: readonly Extent[],
    comments: readonly Comment[],
    from: number,
  ): void {
    let next = 0;
    let cursor = from;
    for (let index = 0; index <= anchors.length; index++) {
      const extent = extents[index];
      const gap: Comment[] = [];
      while (next < comments.length && (!extent || comments[next]!.span.start.offset < extent.start)) {
        gap.push(comments[next++]!);
      }
      this.#attachGap(list, anchors[index - 1], anchors[index], gap, cursor, extent?.start);
      if (!extent) break;
      const inside: Comment[] = [];
      while (next < comments.length && comments[next]!.span.start.offset < extent.end) {
        inside.push(comments[next++]!);
      }
      if (inside.length > 0) this.#attachInside(anchors[index]!, inside);
      cursor = extent.end;
    }
  }

  /** Comments between two neighbours: those that end the first one's line stay with it. */
  #attachGap(
    list: object,
    previous: Anchor | undefined,
    following: Anchor | undefined,
    gap: readonly Comment[],
    from: number,
    to: number | undefined,
  ): void {
    const endsLine: boolean[] = [];
    for (let index = gap.length - 1; index >= 0; index--) {
      const next = gap[index + 1];
      const until = next?.span.start.offset ?? to;
      endsLine[index] =
        until === undefined ||
        this.#lineEnds(gap[index]!.span.end.offset, until) ||
        (endsLine[index + 1] ?? false);
    }
    let cursor = from;
    let onLine = previous !== undefined;
    for (const [index, comment] of gap.entries()) {
      onLine &&= !this.#lineEnds(cursor, comment.span.start.offset);
      if (onLine && previous !== undefined && (comment.kind === "line" || endsLine[index])) {
        this.of(previous).trailing.push(comment.text);
      } else {
        onLine = false;
        const until = gap[index + 1]?.span.start.offset ?? to;
        const inline = until !== undefined && !this.#lineEnds(comment.span.end.offset, until);
        const leading = this.#leading(comment, inline);
        if (following === undefined) this.of(list).end.push(leading);
        else this.of(following).leading.push(leading);
      }
      cursor = comment.span.end.offset;
    }
  }

  #attachInside(anchor: Anchor, inside: readonly Comment[]): void {
    const hoisted = this.#hoistedFrom(anchor, inside);
    const attached = this.of(anchor);
    for (const comment of hoisted) {
      // What moves to the front of the element takes over the blank line before it.
      attached.leading.push({ ...this.#leading(comment, true), blankBefore: attached.blankBefore });
      attached.blankBefore = false;
    }
  }

  /** Attaches what stands within an element's own lists; answers the comments that stand outside of them. */
  #hoistedFrom(anchor: Anchor, inside: readonly Comment[]): Comment[] {
    if (!("kind" in anchor)) {
      const within = split(inside, anchor.value.span);
      return [...within.before, ...this.#hoistedFrom(anchor.value, within.inside), ...within.after];
    }
    switch (anchor.kind) {
      case "statement":
        return this.#fromStatement(anchor, inside);
      case "command":
        return this.#fromCommand(anchor, inside);
      case "chain":
      case "fork": {
        const parts = partsOf(anchor);
        const bare = anchor.span.start.offset === parts[0]!.span.start.offset;
        if (bare) return this.#fromBareGroup(anchor, inside);
        this.#distribute(anchor, parts, parts.map(extentOf), inside, anchor.span.start.offset);
        return [];
      }
      case "array":
        this.#distribute(anchor, anchor.items, anchor.items.map(extentOf), inside, anchor.span.start.offset);
        return [];
      case "object":
        this.#distribute(
          anchor,
          anchor.members,
          anchor.members.map(extentOf),
          inside,
          anchor.span.start.offset,
        );
        return [];
      default:
        return [...inside];
    }
  }

  #fromStatement({ body }: Statement, inside: readonly Comment[]): Comment[] {
    // A statement's own chain or fork is printed without parentheses.
    if (body.kind === "chain" || body.kind === "fork") return this.#fromBareGroup(body, inside);
    const within = split(inside, body.span);
    return [...within.before, ...this.#hoistedFrom(body, within.inside), ...within.after];
  }

  /** Without parentheses around it, what precedes a group's first part precedes all of the group. */
  #fromBareGroup(group: Chain | Fork, inside: readonly Comment[]): Comment[] {
    const parts = partsOf(group);
    const first = parts[0]!;
    const within = split(inside, first.span);
    const hoisted = [...within.before, ...this.#hoistedFrom(first, within.inside)];
    this.#distribute(group, parts, parts.map(extentOf), within.after, first.span.end.offset);
    return hoisted;
  }

  #fromCommand(command: Command, inside: readonly Comment[]): Comment[] {
    let cursor = (command.version ?? command.template).span.end.offset;
    let head = 0;
    for (const comment of inside) {
      const { start, end } = comment.span;
      if (start.offset >= cursor) {
        if (this.#text.slice(cursor, start.offset).includes("(")) break;
        cursor = end.offset;
      }
      head++;
    }
    const list = command.arguments;
    this.#distribute(command, list, list.map(extentOf), inside.slice(head), cursor);
    return inside.slice(0, head);
  }

  #leading(comment: Comment, inline: boolean): LeadingComment {
    const oneLine = comment.kind === "block" && !/[\r\n]/.test(comment.text);
    return {
      text: comment.text,
      inline: inline && oneLine,
      blankBefore: this.#blankBefore(comment.span.start.offset),
    };
  }

  #lineEnds(from: number, to: number): boolean {
    return /[\r\n]/.test(this.#text.slice(from, to));
  }

  /** Whether the line before the one that holds this offset is blank, and only white space stands in between. */
  #blankBefore(offset: number): boolean {
    let lines = 0;
    for (let index = offset - 1; index >= 0 && lines < 2; index--) {
      const char = this.#text[index]!;
      if (char === "\n") lines++;
      else if (char === "\r") lines += this.#text[index + 1] === "\n" ? 0 : 1;
      else if (!/\s/.test(char)) return false;
    }
    return lines >= 2;
  }
}

function partsOf(node: Chain | Fork): readonly Expression[] {
  return node.kind === "chain" ? node.steps : node.branches;
}

/** Where a statement ends once the parentheses around all of it are gone. */
function effectiveEnd(body: Expression): number {
  const last = body.kind === "chain" || body.kind === "fork" ? partsOf(body).at(-1)! : body;
  return last.span.end.offset;
}

function extentOf(anchor: Anchor): Extent {
  if ("span" in anchor) return { start: anchor.span.start.offset, end: anchor.span.end.offset };
  return { start: anchor.key.span.start.offset, end: anchor.value.span.end.offset };
}

function split(
  comments: readonly Comment[],
  span: Span,
): { readonly before: Comment[]; readonly inside: Comment[]; readonly after: Comment[] } {
  const { start, end } = span;
  return {
    before: comments.filter((comment) => comment.span.start.offset < start.offset),
    inside: comments.filter(
      ({ span: at }) => at.start.offset >= start.offset && at.start.offset < end.offset,
    ),
    after: comments.filter((comment) => comment.span.start.offset >= end.offset),
  };
}
