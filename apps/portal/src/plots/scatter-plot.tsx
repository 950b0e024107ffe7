import { type ReactElement, useMemo, useRef } from 'react';
import { colour } from '../shell/theme.ts';
import { place, rangeOf, valueAt } from './axis.ts';
import { Canvas, type Surface } from './canvas.tsx';
import { drawFrame, type Frame, makeFrame } from './frame.ts';

/** Values of the brushed rectangle, in the units of the axes. */
export interface ScatterBrush {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

export interface ScatterProps {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly rows: Uint32Array;
  /** Marks the rows that are brushed in any plot. */
  readonly chosen: Uint8Array | undefined;
  readonly current: number | undefined;
  readonly labels: { readonly x: string; readonly y: string };
  readonly flip?: { readonly x?: boolean; readonly y?: boolean };
  readonly height: number;
  readonly onBrush: (brush: ScatterBrush | undefined) => void;
}

/** Above this many points single dots say less than how dense they lie. */
const DENSE = 8000;
const CELL = 2;

export function ScatterPlot(props: ScatterProps): ReactElement {
  const { x, y, rows, chosen, current, labels, flip, height } = props;
  const frame = useRef<Frame>(undefined);
  const ranges = useMemo(() => ({ x: rangeOf(x, rows), y: rangeOf(y, rows) }), [x, y, rows]);
  const draw = useMemo(
    () =>
      (surface: Surface): void => {
        const axes = makeFrame(surface, ranges.x, ranges.y, flip);
        frame.current = axes;
        drawFrame(surface, axes, labels);
        if (rows.length > DENSE) drawDensity(surface, axes, props);
        else drawDots(surface, axes, props);
        if (current !== undefined) drawCurrent(surface, axes, x[current] ?? Number.NaN, y[current] ?? Number.NaN);
      },
    [x, y, rows, chosen, current, ranges, labels.x, labels.y, flip?.x, flip?.y],
  );
  return (
    <Canvas
      height={height}
      label={`Scatter plot of ${labels.y} against ${labels.x}, ${rows.length} points`}
      draw={draw}
      onBrush={(box) => {
        const axes = frame.current;
        if (!axes) return;
        if (!box) return props.onBrush(undefined);
        const sorted = (a: number, b: number): readonly [number, number] => (a < b ? [a, b] : [b, a]);
        props.onBrush({
          x: sorted(valueAt(axes.x, box.x0), valueAt(axes.x, box.x1)),
          y: sorted(valueAt(axes.y, box.y0), valueAt(axes.y, box.y1)),
        });
      }}
    />
  );
}

function drawDots({ context }: Surface, axes: Frame, { x, y, rows, chosen }: ScatterProps): void {
  const size = rows.length > 1500 ? 2 : 3.4;
  for (const pass of [0, 1]) {
    context.fillStyle = colour(pass === 1 ? 'plot-2' : 'plot');
    context.globalAlpha = pass === 1 ? 0.95 : chosen ? 0.28 : 0.72;
    for (const row of rows) {
      if ((chosen?.[row] ?? 0) !== pass) continue;
      const [px, py] = [place(axes.x, x[row]!), place(axes.y, y[row]!)];
      if (Number.isFinite(px + py)) context.fillRect(px - size / 2, py - size / 2, size, size);
    }
  }
  context.globalAlpha = 1;
}

/** Counts in cells of two pixels, as strength of the colour on a logarithmic scale; brushed rows have their own. */
function drawDensity({ context, width, height }: Surface, axes: Frame, { x, y, rows, chosen }: ScatterProps): void {
  const [columns, lines] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  const counts = [new Uint32Array(columns * lines), new Uint32Array(columns * lines)] as const;
  const { x: ax, y: ay } = axes;
  const [kx, ky] = [(ax.to - ax.from) / (ax.high - ax.low) / CELL, (ay.to - ay.from) / (ay.high - ay.low) / CELL];
  const [bx, by] = [ax.from / CELL - ax.low * kx, ay.from / CELL - ay.low * ky];
  for (const row of rows) {
    const [i, j] = [Math.floor(x[row]! * kx + bx), Math.floor(y[row]! * ky + by)];
    if (i >= 0 && j >= 0 && i < columns && j < lines) counts[chosen?.[row] ? 1 : 0]![j * columns + i]!++;
  }
  const picture = new ImageData(columns, lines);
  const most = Math.log1p(counts[0].reduce((a, b) => Math.max(a, b), 1));
  const strongest = Math.log1p(counts[1].reduce((a, b) => Math.max(a, b), 1));
  const [plain, marked] = [rgb(colour('plot')), rgb(colour('plot-2'))];
  for (let k = 0; k < columns * lines; k++) {
    const isMarked = counts[1][k]! > 0;
    const count = isMarked ? counts[1][k]! : counts[0][k]!;
    if (count === 0) continue;
    const strength = Math.log1p(count) / (isMarked ? strongest : most);
    picture.data.set(isMarked ? marked : plain, 4 * k);
    picture.data[4 * k + 3] = (chosen && !isMarked ? 0.4 : 1) * (50 + 205 * strength);
  }
  const layer = new OffscreenCanvas(columns, lines);
  layer.getContext('2d')?.putImageData(picture, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(layer, 0, 0, columns * CELL, lines * CELL);
}

function drawCurrent({ context }: Surface, axes: Frame, x: number, y: number): void {
  const [px, py] = [place(axes.x, x), place(axes.y, y)];
  if (!Number.isFinite(px + py)) return;
  context.strokeStyle = colour('ink');
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(px, py, 7, 0, 2 * Math.PI);
  context.stroke();
}

function rgb(hex: string): readonly [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
