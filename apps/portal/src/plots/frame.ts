import { colour } from '../shell/theme.ts';
import { type Axis, place, ticksOf, tickText } from './axis.ts';
import type { Surface } from './canvas.tsx';

export interface Frame {
  readonly x: Axis;
  readonly y: Axis;
}

export const MARGIN = { left: 74, right: 14, top: 12, bottom: 42 } as const;

/** Axes that fill a surface; `flip` puts small values of y on top, as magnitudes are drawn. */
export function makeFrame(
  { width, height }: Pick<Surface, 'width' | 'height'>,
  x: readonly [number, number],
  y: readonly [number, number],
  flip: { readonly x?: boolean; readonly y?: boolean } = {},
): Frame {
  const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top, height - MARGIN.bottom];
  return {
    x: { low: x[0], high: x[1], from: flip.x ? right : left, to: flip.x ? left : right },
    y: { low: y[0], high: y[1], from: flip.y ? top : bottom, to: flip.y ? bottom : top },
  };
}

/** Ticks, grid and names of the axes. */
export function drawFrame({ context, width, height }: Surface, { x, y }: Frame, labels: { readonly x: string; readonly y: string }): void {
  const [line, quiet, ink] = [colour('line'), colour('quiet'), colour('ink')];
  context.lineWidth = 1;
  context.font = `12px ${colour('mono')}`;
  context.strokeStyle = line;
  context.fillStyle = quiet;
  const bottom = height - MARGIN.bottom;
  const right = width - MARGIN.right;
  context.textBaseline = 'top';
  context.textAlign = 'center';
  const xTicks = ticksOf(x, Math.max(2, width / 110));
  for (const tick of xTicks) {
    const at = Math.round(place(x, tick)) + 0.5;
    rule(context, at, MARGIN.top, at, bottom);
    context.fillText(tickText(tick, (xTicks[1] ?? tick) - (xTicks[0] ?? 0)), at, bottom + 6);
  }
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  const yTicks = ticksOf(y, Math.max(2, height / 60));
  for (const tick of yTicks) {
    const at = Math.round(place(y, tick)) + 0.5;
    rule(context, MARGIN.left, at, right, at);
    context.fillText(tickText(tick, (yTicks[1] ?? tick) - (yTicks[0] ?? 0)), MARGIN.left - 8, at);
  }
  context.fillStyle = ink;
  context.font = `13px ${colour('sans')}`;
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  context.fillText(labels.x, right, height - 2);
  context.save();
  context.translate(12, MARGIN.top);
  context.rotate(-Math.PI / 2);
  context.textBaseline = 'middle';
  context.fillText(labels.y, 0, 0);
  context.restore();
}

function rule(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
