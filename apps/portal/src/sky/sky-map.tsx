import { type KeyboardEvent, type PointerEvent, type ReactElement, useEffect, useRef, useState } from 'react';
import { gridStep, makeProjection, type SkyProjection, type SkyView } from './sky-projection.ts';

/** What lies on the sky: outlines and points in a colour. */
export interface SkyLayer {
  readonly colour: string;
  readonly outlines: readonly (readonly (readonly [ra: number, dec: number])[])[];
  readonly points: readonly { readonly ra: number; readonly dec: number }[];
}

interface SkyMapProps {
  readonly view: SkyView;
  readonly layers: readonly SkyLayer[];
  readonly marker: { readonly ra: number; readonly dec: number } | undefined;
  readonly onView: (view: SkyView) => void;
  readonly onPick: (ra: number, dec: number) => void;
}

const GRID = '#27304a';
const INK = '#8f9abb';

/** The sky without a survey behind it: a grid, outlines and points; drag or arrows turn it, wheel, + and - zoom. */
export function SkyMap({ view, layers, marker, onView, onPick }: SkyMapProps): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const drag = useRef<{ x: number; y: number; moved: number } | undefined>(undefined);
  const latest = useRef({ view, onView });
  latest.current = { view, onView };
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) =>
      setSize({ width: entry?.contentRect.width ?? 0, height: entry?.contentRect.height ?? 0 }),
    );
    observer.observe(element);
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { view: now, onView: change } = latest.current;
      change(zoomed(now, Math.exp(event.deltaY * 0.0015)));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', wheel);
    };
  }, []);
  const projection = makeProjection(view, size);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || size.width === 0) return;
    const ratio = devicePixelRatio || 1;
    element.width = Math.round(size.width * ratio);
    element.height = Math.round(size.height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawGrid(context, projection, view, size);
    for (const layer of layers) drawLayer(context, projection, layer);
    const at = marker && projection.toScreen(marker.ra, marker.dec);
    if (at) {
      context.strokeStyle = '#ffd98a';
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(at.x, at.y, 9, 0, 2 * Math.PI);
      context.stroke();
    }
  }, [view.ra, view.dec, view.fov, layers, marker, size]);

  const at = (event: PointerEvent): { x: number; y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const move = (event: PointerEvent): void => {
    if (!drag.current) return;
    const now = at(event);
    const [dx, dy] = [now.x - drag.current.x, now.y - drag.current.y];
    drag.current = { ...now, moved: drag.current.moved + Math.abs(dx) + Math.abs(dy) };
    const to = projection.toSky(size.width / 2 - dx, size.height / 2 - dy);
    onView({ ...view, ra: to.ra, dec: Math.max(-89.9, Math.min(89.9, to.dec)) });
  };
  const keys = (event: KeyboardEvent): void => {
    const step = view.fov / 8;
    const east = step / Math.max(0.05, Math.cos((view.dec * Math.PI) / 180));
    const changed: Record<string, SkyView> = {
      ArrowLeft: { ...view, ra: (view.ra + east) % 360 },
      ArrowRight: { ...view, ra: (view.ra - east + 360) % 360 },
      ArrowUp: { ...view, dec: Math.min(89.9, view.dec + step) },
      ArrowDown: { ...view, dec: Math.max(-89.9, view.dec - step) },
      '+': zoomed(view, 1 / 1.4),
      '=': zoomed(view, 1 / 1.4),
      '-': zoomed(view, 1.4),
    };
    const next = changed[event.key];
    if (next) onView(next);
    else if (event.key === 'Enter') onPick(view.ra, view.dec);
    else return;
    event.preventDefault();
  };
  return (
    <canvas
      ref={canvas}
      className="viewer-canvas"
      role="application"
      tabIndex={0}
      aria-label="Map of the sky, north up. Arrow keys turn it, plus and minus zoom, Enter picks the middle."
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { ...at(event), moved: 0 };
      }}
      onPointerMove={move}
      onPointerUp={(event) => {
        const point = at(event);
        if (drag.current && drag.current.moved < 4) {
          const { ra, dec } = projection.toSky(point.x, point.y);
          onPick(ra, dec);
        }
        drag.current = undefined;
      }}
      onKeyDown={keys}
    />
  );
}

function zoomed(view: SkyView, factor: number): SkyView {
  return { ...view, fov: Math.max(0.002, Math.min(180, view.fov * factor)) };
}

function drawGrid(
  context: CanvasRenderingContext2D,
  { toScreen }: SkyProjection,
  view: SkyView,
  size: { width: number; height: number },
): void {
  context.fillStyle = '#07090e';
  context.fillRect(0, 0, size.width, size.height);
  const step = gridStep(view.fov);
  const half = Math.min(90, (view.fov * Math.max(1, size.width / size.height)) / 1.6);
  const [low, high] = [Math.max(-90, view.dec - half), Math.min(90, view.dec + half)];
  const reach = high > 85 || low < -85 ? 180 : Math.min(180, half / Math.cos((Math.max(Math.abs(low), Math.abs(high)) * Math.PI) / 180));
  const raStep =
    reach >= 180 ? Math.max(step, 15) : step * Math.max(1, Math.round(1 / Math.max(0.1, Math.cos((view.dec * Math.PI) / 180))));
  context.strokeStyle = GRID;
  context.fillStyle = INK;
  context.lineWidth = 1;
  context.font = '11.5px ui-monospace, monospace';
  const line = (points: readonly (readonly [number, number])[], label: string): void => {
    context.beginPath();
    let [isDrawing, isLabelled] = [false, false];
    for (const [ra, dec] of points) {
      const at = toScreen(ra, dec);
      if (!at) {
        isDrawing = false;
        continue;
      }
      if (isDrawing) context.lineTo(at.x, at.y);
      else context.moveTo(at.x, at.y);
      isDrawing = true;
      if (!isLabelled && at.x > 14 && at.x < size.width - 70 && at.y > 20 && at.y < size.height - 10) {
        context.fillText(label, at.x + 4, at.y - 4);
        isLabelled = true;
      }
    }
    context.stroke();
  };
  const steps = Array.from({ length: 61 }, (_, k) => k / 60);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  for (let dec = Math.ceil(low / step) * step; dec <= high + 1e-9; dec += step)
    line(
      steps.map((t) => [view.ra + (2 * t - 1) * reach, dec] as const),
      `${dec >= 0 ? '+' : '−'}${Math.abs(dec).toFixed(digits)}°`,
    );
  for (let ra = Math.ceil((view.ra - reach) / raStep) * raStep; ra <= view.ra + reach + 1e-9; ra += raStep)
    line(
      steps.map((t) => [ra, low + t * (high - low)] as const),
      `${(((ra % 360) + 360) % 360).toFixed(digits)}°`,
    );
}

/** Corners that are as near as that on the screen are one [pixel]. */
const SAME_PLACE = 6;

function drawLayer(context: CanvasRenderingContext2D, { toScreen }: SkyProjection, { colour, outlines, points }: SkyLayer): void {
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 1.3;
  // Images of one place are drawn once: their lines would only grow thick.
  const drawn = new Set<string>();
  for (const outline of outlines) {
    const corners = outline.map(([ra, dec]) => toScreen(ra, dec));
    if (corners.some((corner) => corner === undefined)) continue;
    const place = corners.map((corner) => `${Math.round(corner!.x / SAME_PLACE)},${Math.round(corner!.y / SAME_PLACE)}`).join(' ');
    if (drawn.has(place)) continue;
    drawn.add(place);
    context.beginPath();
    for (const corner of corners) context.lineTo(corner!.x, corner!.y);
    context.closePath();
    context.globalAlpha = Math.min(0.1, 0.6 / drawn.size);
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }
  for (const { ra, dec } of points) {
    const at = toScreen(ra, dec);
    if (at) context.fillRect(at.x - 1.7, at.y - 1.7, 3.4, 3.4);
  }
}
