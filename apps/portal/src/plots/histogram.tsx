import { type ReactElement, useMemo, useRef } from 'react';
import { colour } from '../shell/theme.ts';
import { place, rangeOf, valueAt } from './axis.ts';
import { Canvas, type Surface } from './canvas.tsx';
import { drawFrame, type Frame, makeFrame } from './frame.ts';

export interface HistogramProps {
  readonly values: Float64Array;
  readonly rows: Uint32Array;
  readonly chosen: Uint8Array | undefined;
  readonly label: string;
  readonly bins: number;
  readonly height: number;
  readonly onBrush: (range: readonly [number, number] | undefined) => void;
}

export function Histogram({ values, rows, chosen, label, bins, height, onBrush }: HistogramProps): ReactElement {
  const frame = useRef<Frame>(undefined);
  const counted = useMemo(() => countBins(values, rows, chosen, bins), [values, rows, chosen, bins]);
  const draw = useMemo(
    () =>
      (surface: Surface): void => {
        const { range, counts, marked } = counted;
        const highest = counts.reduce((a, b) => Math.max(a, b), 1);
        const axes = makeFrame(surface, range, [0, highest * 1.05]);
        frame.current = axes;
        drawFrame(surface, axes, { x: label, y: 'rows' });
        const { context } = surface;
        const width = Math.abs(axes.x.to - axes.x.from) / bins;
        for (const [part, name, alpha] of [
          [counts, 'plot', chosen ? 0.35 : 0.8],
          [marked, 'plot-2', 0.95],
        ] as const) {
          context.fillStyle = colour(name);
          context.globalAlpha = alpha;
          part.forEach((count, k) => {
            if (count === 0) return;
            const top = place(axes.y, count);
            context.fillRect(axes.x.from + k * width, top, Math.max(1, width - 1), axes.y.from - top);
          });
        }
        context.globalAlpha = 1;
      },
    [counted, label, bins, chosen],
  );
  return (
    <Canvas
      height={height}
      label={`Histogram of ${label}, ${rows.length} rows`}
      draw={draw}
      onBrush={(box) => {
        const axes = frame.current;
        if (axes) onBrush(box && [valueAt(axes.x, box.x0), valueAt(axes.x, box.x1)]);
      }}
    />
  );
}

interface Counted {
  readonly range: readonly [number, number];
  readonly counts: Uint32Array;
  /** Of them, those that are brushed. */
  readonly marked: Uint32Array;
}

export function countBins(values: Float64Array, rows: Uint32Array, chosen: Uint8Array | undefined, bins: number): Counted {
  const range = rangeOf(values, rows);
  const counts = new Uint32Array(bins);
  const marked = new Uint32Array(bins);
  const scale = bins / (range[1] - range[0]);
  for (const row of rows) {
    const bin = Math.floor((values[row]! - range[0]) * scale);
    if (!(bin >= 0 && bin < bins)) continue;
    counts[bin]!++;
    if (chosen?.[row]) marked[bin]!++;
  }
  return { range, counts, marked };
}
