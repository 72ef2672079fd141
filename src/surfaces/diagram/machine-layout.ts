import { dotEdge, dotNode } from "./dot.ts";
import { arrowsOf, type MachineDiagram } from "./machine-diagram.ts";

/** A machine with a place for each state and transition; lengths in points, from the upper left. */
export type MachineLayout = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly states: readonly PlacedState[];
  readonly edges: readonly PlacedEdge[];
};

export type PlacedState = {
  readonly id: string;
  readonly kind: string;
  readonly initial: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** All transitions from one state to another. */
export type PlacedEdge = {
  readonly from: string;
  readonly to: string;
  /** Each as `event [guard]`. */
  readonly labels: readonly string[];
  /** SVG path data; the arrow's head apart. */
  readonly line: string;
  readonly head: string;
};

type Point = readonly [number, number];
type Drawing = { readonly op: string; readonly points?: readonly Point[] };
type Drawn = {
  readonly bb: string;
  readonly objects: readonly {
    readonly name: string;
    readonly pos: string;
    readonly width: string;
    readonly height: string;
  }[];
  readonly edges?: readonly {
    readonly tail: number;
    readonly head: number;
    readonly _draw_?: readonly Drawing[];
    readonly _hdraw_?: readonly Drawing[];
  }[];
};

const POINTS_PER_INCH = 72;

/** Lays flat machines out by Graphviz, top down; transitions that stay where they are get no line. */
export async function layoutMachines(diagrams: readonly MachineDiagram[]): Promise<readonly MachineLayout[]> {
  const { instance } = await import("@viz-js/viz");
  const graphviz = await instance();
  return diagrams.map((diagram) => {
    const arrows = labelled(diagram);
    const drawn = graphviz.renderJSON(graphText(diagram, arrows)) as Drawn;
    return placed(diagram, arrows, drawn);
  });
}

type Arrow = Pick<PlacedEdge, "from" | "to" | "labels">;

function labelled(diagram: MachineDiagram): readonly Arrow[] {
  return arrowsOf(diagram).flatMap(({ from, to, transitions }) => {
    const labels = transitions.map(
      ({ event, guard }) => `${event ?? "at once"}${guard === null ? "" : ` [${guard}]`}`,
    );
    return from === to ? [] : [{ from, to, labels }];
  });
}

/** Bare boxes of the size that the page gives them: it writes and colours them itself. */
function graphText({ states }: MachineDiagram, arrows: readonly Arrow[]): string {
  const nodes = states.map(({ id }) => {
    const width = 0.22 + id.length * 0.087;
    return dotNode(id, `shape=box fixedsize=true height=0.31 width=${width.toFixed(2)}`);
  });
  const edges = arrows.map(({ from, to }) => dotEdge(from, to));
  const settings = "rankdir=TB nodesep=0.09 ranksep=0.3 edge [arrowsize=0.6]";
  return `digraph { ${settings}; ${[...nodes, ...edges].join("; ")} }`;
}

function placed({ name, states }: MachineDiagram, arrows: readonly Arrow[], drawn: Drawn): MachineLayout {
  const [, , width = 0, height = 0] = drawn.bb.split(",").map(Number);
  const at = ([x, y]: Point): string => `${round(x)} ${round(height - y)}`;
  const known = new Map(drawn.objects.map((one) => [one.name, one]));
  const lines = new Map(
    (drawn.edges ?? []).map((edge) => {
      const [from, to] = [drawn.objects[edge.tail]!.name, drawn.objects[edge.head]!.name];
      const [first, ...rest] = pointsOf(edge._draw_, "b");
      const line = first ? `M${at(first)} C${rest.map(at).join(" ")}` : "";
      const head = pointsOf(edge._hdraw_, "P");
      return [`${from} ${to}`, { line, head: head.length === 0 ? "" : `M${head.map(at).join("L")}Z` }];
    }),
  );
  return {
    name,
    width: round(width),
    height: round(height),
    states: states.map(({ id, kind, initial }) => {
      const object = known.get(id)!;
      const [x = 0, y = 0] = object.pos.split(",").map(Number);
      const size = {
        width: Number(object.width) * POINTS_PER_INCH,
        height: Number(object.height) * POINTS_PER_INCH,
      };
      return { id, kind, initial, x: round(x), y: round(height - y), ...size };
    }),
    edges: arrows.map((arrow) => ({ ...arrow, ...lines.get(`${arrow.from} ${arrow.to}`)! })),
  };
}

function pointsOf(drawings: readonly Drawing[] | undefined, op: string): readonly Point[] {
  return drawings?.find((one) => one.op === op)?.points ?? [];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
