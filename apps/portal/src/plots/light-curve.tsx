import { type ReactElement, useMemo } from 'react';
import { colour } from '../shell/theme.ts';
import { place } from './axis.ts';
import { Canvas, type Surface } from './canvas.tsx';
import { drawFrame, makeFrame } from './frame.ts';
import { foldTimes } from './period.ts';

/** One measurement of a light curve. */
export interface LightPoint {
  readonly time: number;
  readonly value: number;
  readonly error: number;
  readonly band: string;
}

export interface LightCurveProps {
  readonly points: readonly LightPoint[];
  /** Folds by this many days where it is given. */
  readonly period: number | undefined;
  readonly labels: { readonly time: string; readonly value: string };
  readonly isMagnitude: boolean;
  readonly height: number;
}

export const BAND_COLOURS = ['plot', 'plot-2', 'plot-3', 'plot-4', 'plot-5', 'plot-6'] as const;

export const bandsOf = (points: readonly LightPoint[]): readonly string[] => [...new Set(points.map((point) => point.band))].toSorted();

/** Measurements with their errors in the colours of their bands; folded, two turns are shown. */
export function LightCurve({ points, period, labels, isMagnitude, height }: LightCurveProps): ReactElement {
  const draw = useMemo(
    () =>
      (surface: Surface): void => {
        const good = points.filter((point) => Number.isFinite(point.time + point.value));
        const epoch = Math.min(...good.map((point) => point.time));
        const phases =
          period === undefined
            ? undefined
            : foldTimes(
                Float64Array.from(good, (point) => point.time),
                period,
                epoch,
              );
        const xs = good.map((point, i) => phases?.[i] ?? point.time);
        const [x, y] = [
          phases ? ([0, 2] as const) : spanOf(xs),
          spanOf(good.flatMap(({ value, error }) => (error > 0 ? [value - error, value + error] : [value]))),
        ];
        const axes = makeFrame(surface, x, y, { y: isMagnitude });
        drawFrame(surface, axes, { x: phases ? 'phase' : labels.time, y: labels.value });
        const bands = bandsOf(good);
        const { context } = surface;
        good.forEach((point, i) => {
          for (const turn of phases ? [0, 1] : [0]) {
            const [px, py] = [place(axes.x, xs[i]! + turn), place(axes.y, point.value)];
            context.strokeStyle = context.fillStyle = colour(BAND_COLOURS[bands.indexOf(point.band) % BAND_COLOURS.length] ?? 'plot');
            context.globalAlpha = turn === 1 ? 0.45 : 1;
            if (point.error > 0) {
              context.beginPath();
              context.moveTo(px, place(axes.y, point.value - point.error));
              context.lineTo(px, place(axes.y, point.value + point.error));
              context.stroke();
            }
            context.beginPath();
            context.arc(px, py, 3, 0, 2 * Math.PI);
            context.fill();
          }
        });
        context.globalAlpha = 1;
      },
    [points, period, labels.time, labels.value, isMagnitude],
  );
  const bands = bandsOf(points);
  return (
    <div>
      <Canvas
        height={height}
        label={`Light curve of ${points.length} measurements${period === undefined ? '' : `, folded by ${period} days`}`}
        draw={draw}
      />
      {bands.length > 1 && (
        <ul className="legend">
          {bands.map((band, i) => (
            <li key={band}>
              <span style={{ background: `var(--${BAND_COLOURS[i % BAND_COLOURS.length]})` }} /> {band}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function spanOf(values: readonly number[]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (!(low <= high)) return [0, 1];
  const margin = low === high ? 0.5 : (high - low) * 0.05;
  return [low - margin, high + margin];
}
