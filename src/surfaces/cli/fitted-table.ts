import { columns, fitted, type Paint, widthOf } from "./style.ts";

type Cells = readonly (readonly string[])[];

type Form = {
  readonly paint: Paint;
  /** Of the terminal, in columns. */
  readonly width: number;
  /** Heads of columns that hold names: they are set flush left, and cut where nothing else helps. */
  readonly names: readonly string[];
  /** Heads of columns that can be done without, the first to go first. */
  readonly spare: readonly string[];
};

/** A name is not cut shorter than this, in columns. */
const NAME_LEAST = 8;

/** A table that fits: empty columns are left out; then, and said so, spare ones; then names are cut. */
export function fittedTable(
  head: readonly string[],
  rows: Cells,
  { paint, width, names, spare }: Form,
): string {
  const filled = head.filter((name) => rows.some((row) => row[head.indexOf(name)] !== ""));
  let shown = only(filled, [head, ...rows]);
  const missing = spare.filter((name) => {
    const [heads = []] = shown;
    if (widthOfTable(shown) <= width || !heads.includes(name)) return false;
    shown = only(
      heads.filter((one) => one !== name),
      shown,
    );
    return true;
  });
  const [heads = []] = shown;
  const named = [...heads.keys()].filter((index) => names.includes(heads[index]!));
  for (const at of named.toSorted((a, b) => widthOfColumn(shown, b) - widthOfColumn(shown, a))) {
    const room = widthOfColumn(shown, at) - Math.max(0, widthOfTable(shown) - width);
    shown = shown.map((row) => row.with(at, fitted(row[at]!, Math.max(NAME_LEAST, room))));
  }
  const right = [...heads.keys()].filter((index) => !named.includes(index));
  const [first = "", ...rest] = columns(shown, { right }).split("\n");
  const note = missing.length > 0 ? [paint("dim", `no room for ${missing.join(", ")}`)] : [];
  return [paint("bold", first), ...rest, ...note].join("\n");
}

/** The columns with these heads. */
function only(heads: readonly string[], cells: Cells): Cells {
  const kept = heads.map((name) => cells[0]!.indexOf(name));
  return cells.map((row) => kept.map((index) => row[index]!));
}

function widthOfColumn(cells: Cells, at: number): number {
  return Math.max(...cells.map((row) => widthOf(row[at]!)));
}

function widthOfTable(cells: Cells): number {
  return Math.max(...columns(cells).split("\n").map(widthOf));
}
