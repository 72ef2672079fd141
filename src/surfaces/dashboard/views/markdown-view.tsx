import type { JSX } from "preact";
import { type Block, type Inline, parseMarkdown } from "../model/markdown.ts";

/** Markdown as elements; nothing of the text is ever read as HTML. */
export function MarkdownView({ text }: { readonly text: string }) {
  return <Blocks blocks={parseMarkdown(text).map(({ block }) => block)} />;
}

function Blocks({ blocks }: { readonly blocks: readonly Block[] }) {
  return (
    <>
      {blocks.map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </>
  );
}

/** One block; headings begin below those of the page. */
export function BlockView({ block }: { readonly block: Block }): JSX.Element {
  switch (block.kind) {
    case "heading": {
      const Heading = (["h3", "h3", "h4", "h5", "h6", "h6"] as const)[block.level - 1]!;
      return (
        <Heading>
          <Inlines parts={block.parts} />
        </Heading>
      );
    }
    case "paragraph":
      return (
        <p>
          <Inlines parts={block.parts} />
        </p>
      );
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "list": {
      const List = block.ordered ? "ol" : "ul";
      return (
        <List>
          {block.items.map((item, index) => (
            <li key={index}>
              {item.length === 1 && item[0]!.kind === "paragraph" ? (
                <Inlines parts={item[0]!.parts} />
              ) : (
                <Blocks blocks={item} />
              )}
            </li>
          ))}
        </List>
      );
    }
    case "quote":
      return (
        <blockquote>
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case "table":
      return <TableView head={block.head} rows={block.rows} />;
    case "rule":
      return <hr />;
  }
}

function TableView({ head, rows }: Omit<Extract<Block, { readonly kind: "table" }>, "kind">) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="table-box" tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {head.map((cell, index) => (
              <th key={index} scope="col">
                <Inlines parts={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>
                  <Inlines parts={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Inlines({ parts }: { readonly parts: readonly Inline[] }) {
  return (
    <>
      {parts.map((part, index) => (
        <InlineView key={index} part={part} />
      ))}
    </>
  );
}

function InlineView({ part }: { readonly part: Inline }): JSX.Element {
  if (part.kind === "text") return <>{part.text}</>;
  if (part.kind === "code") return <code>{part.text}</code>;
  const inner = <Inlines parts={part.parts} />;
  switch (part.kind) {
    case "strong":
      return <strong>{inner}</strong>;
    case "em":
      return <em>{inner}</em>;
    case "del":
      return <del>{inner}</del>;
    case "link":
      return (
        <a href={part.href} rel="noreferrer noopener" target="_blank">
          {inner}
        </a>
      );
  }
}
