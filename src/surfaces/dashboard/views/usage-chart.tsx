import { useEffect, useRef } from "preact/hooks";
import type { RunFeed } from "../model/run-feed.ts";
import { ticks } from "../model/time-scale.ts";
import { spanText } from "../model/wording.ts";
import { prepareCanvas } from "./canvas.ts";
import { colourOf } from "./colours.ts";
import { useTheme } from "./theme-events.ts";

/** Lengths in CSS pixels. */
const HEIGHT = 112;
const LEFT = 40;
const BOTTOM = 18;
const TOP = 8;
const TICK_SPACE = 90;

/** Drawn at most so often, ms. */
const DRAW_MS = 250;

/** What is drawn: a column of the model's series, in the colour and dash that the legend shows. */
const LINES = [
  { colour: "--running", dash: [] },
  { colour: "--degraded", dash: [5, 3] },
  { colour: "--asks", dash: [2, 2] },
] as const;

/** Agents, cores and memory over the time of the run, each as a share of its capacity. */
export function UsageChart({ feed }: { readonly feed: RunFeed }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = canvas.current!;
    const colours = {
      line: colourOf("--line"),
      dim: colourOf("--dim"),
      lines: LINES.map(({ colour }) => colourOf(colour)),
    };
    let timer: ReturnType<typeof setTimeout> | null = null;
    let width = 0;
    const draw = (): void => {
      timer = null;
      drawUsage(element, feed, colours, width);
    };
    const soon = (): void => {
      timer ??= setTimeout(draw, DRAW_MS);
    };
    const stop = feed.subscribe(soon);
    // Asking the page for a width while it changes would have it laid out at once.
    const sized = new ResizeObserver(([entry]) => {
      width = Math.floor(entry!.contentRect.width);
      draw();
    });
    sized.observe(element.parentElement!);
    return () => {
      stop();
      sized.disconnect();
      if (timer !== null) clearTimeout(timer);
    };
  }, [feed, theme]);
  const { inUse } = feed.model;
  return (
    <div class="usage">
      <div
        class="usage-box"
        role="img"
        aria-label={`Use over time; now ${inUse.agents ?? 0} agents at work, ${inUse.cpu ?? 0} cores`}
      >
        <canvas ref={canvas} />
      </div>
      <ul class="legend" aria-hidden="true">
        <li class="key-agents">agents</li>
        <li class="key-cpu">cores</li>
        <li class="key-memory">memory</li>
      </ul>
    </div>
  );
}

type Colours = { readonly line: string; readonly dim: string; readonly lines: readonly string[] };

function drawUsage(canvas: HTMLCanvasElement, { model }: RunFeed, colours: Colours, width: number): void {
  const context = prepareCanvas(canvas, width, HEIGHT);
  if (!context || width <= LEFT) return;
  const { series, startedAtMs, plan } = model;
  const { times } = series;
  const from = startedAtMs ?? times[0] ?? 0;
  const toMs = Math.max(20, (times.at(-1) ?? from) - from);
  const x = (ms: number): number => LEFT + ((width - LEFT - 8) * ms) / toMs;
  const y = (share: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(1, share));
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (const share of [0, 0.5, 1]) {
    context.fillStyle = colours.line;
    context.fillRect(LEFT, Math.round(y(share)), width - LEFT - 8, 1);
    context.fillStyle = colours.dim;
    context.textAlign = "right";
    context.fillText(`${share * 100}%`, LEFT - 6, y(share));
  }
  context.textAlign = "center";
  for (const at of ticks({ fromMs: 0, toMs }, width / TICK_SPACE))
    context.fillText(at === 0 ? "0" : spanText(at), Math.min(x(at), width - 24), HEIGHT - 8);
  const most = [plan?.capacity.agents, plan?.capacity.cpu, plan?.capacity.memoryMb];
  context.lineWidth = 1.5;
  series.columns.forEach((column, index) => {
    context.strokeStyle = colours.lines[index]!;
    context.setLineDash([...LINES[index]!.dash]);
    context.beginPath();
    context.moveTo(LEFT, y(0));
    let before = y(0);
    column.forEach((value, at) => {
      const left = x(times[at]! - from);
      const next = y(value / (most[index] || 1));
      context.lineTo(left, before);
      context.lineTo(left, next);
      before = next;
    });
    context.stroke();
  });
  context.setLineDash([]);
}
