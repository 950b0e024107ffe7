import { type ReactElement, useMemo } from 'react';
import { place } from '../plots/axis.ts';
import { Canvas, type Surface } from '../plots/canvas.tsx';
import { drawFrame, makeFrame } from '../plots/frame.ts';
import { BAND_COLOURS } from '../plots/light-curve.tsx';
import type { NightVisit } from '../services/night-client.ts';
import { colour } from '../shell/theme.ts';

/** Visits along the night in the colours of their bands, as high as their latency; without one they stand on the ground. */
export function Timeline({ visits, goalSec }: { readonly visits: readonly NightVisit[]; readonly goalSec: number }): ReactElement {
  const bands = useMemo(() => [...new Set(visits.flatMap((visit) => visit.band ?? []))].toSorted(), [visits]);
  const draw = useMemo(
    () =>
      (surface: Surface): void => {
        const timed = visits.filter((visit) => visit.beginMjdTai !== null);
        const begins = timed.map((visit) => visit.beginMjdTai ?? 0);
        const day = Math.floor(Math.min(...begins));
        const hours = begins.map((begin) => (begin - day) * 24);
        const [low, high] = [Math.min(...hours), Math.max(...hours)];
        const margin = Math.max(0.1, (high - low) * 0.04);
        const tallest = Math.max(goalSec * 1.2, ...timed.map((visit) => visit.latencySec ?? 0));
        const axes = makeFrame(surface, [low - margin, high + margin], [0, tallest]);
        drawFrame(surface, axes, { x: 'hours after midnight (TAI)', y: 'latency [s]' });
        const { context } = surface;
        context.strokeStyle = colour('warm');
        context.setLineDash([5, 4]);
        context.beginPath();
        context.moveTo(axes.x.from, place(axes.y, goalSec));
        context.lineTo(axes.x.to, place(axes.y, goalSec));
        context.stroke();
        context.setLineDash([]);
        timed.forEach((visit, i) => {
          context.fillStyle = colour(
            visit.failures.length > 0 ? 'bad' : (BAND_COLOURS[bands.indexOf(visit.band ?? '') % BAND_COLOURS.length] ?? 'plot'),
          );
          const top = visit.latencySec === null ? axes.y.from - 14 : place(axes.y, visit.latencySec);
          context.fillRect(place(axes.x, hours[i]!) - 3, top, 6, axes.y.from - top);
        });
      },
    [visits, bands, goalSec],
  );
  return (
    <div>
      <Canvas height={220} label={`${visits.length} visits through the night with their latencies`} draw={draw} />
      <ul className="legend">
        {bands.map((band, i) => (
          <li key={band}>
            <span style={{ background: `var(--${BAND_COLOURS[i % BAND_COLOURS.length]})` }} /> {band}
          </li>
        ))}
      </ul>
    </div>
  );
}
