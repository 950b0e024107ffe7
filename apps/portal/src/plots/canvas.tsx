import { type PointerEvent, type ReactElement, useEffect, useRef, useState } from 'react';

/** What a plot draws on: CSS pixels, whatever the screen's own are. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

export interface Rectangle {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export interface CanvasProps {
  readonly height: number;
  readonly label: string;
  /** Draws everything; called when it changes, and with the size and the colours. */
  readonly draw: (surface: Surface) => void;
  /** A rectangle that was dragged open, in pixels; undefined for a click without a drag. */
  readonly onBrush?: (rectangle: Rectangle | undefined, at: { readonly x: number; readonly y: number }) => void;
}

/** A canvas that is sharp on every screen, fills its box, and lets a rectangle be dragged open. */
export function Canvas({ height, label, draw, onBrush }: CanvasProps): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [theme, setTheme] = useState(0);
  const [drag, setDrag] = useState<Rectangle>();
  useEffect(() => {
    const element = canvas.current?.parentElement;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    const change = (): void => setTheme((n) => n + 1);
    addEventListener('almagest:theme', change);
    return () => {
      observer.disconnect();
      removeEventListener('almagest:theme', change);
    };
  }, []);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw({ context, width, height });
  }, [draw, width, height, theme]);

  const point = (event: PointerEvent): { x: number; y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const brushing = onBrush && {
    onPointerDown: (event: PointerEvent<HTMLCanvasElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      const { x, y } = point(event);
      setDrag({ x0: x, y0: y, x1: x, y1: y });
    },
    onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => {
      if (!drag) return;
      const { x, y } = point(event);
      setDrag({ ...drag, x1: x, y1: y });
    },
    onPointerUp: (event: PointerEvent<HTMLCanvasElement>) => {
      if (!drag) return;
      const { x, y } = point(event);
      setDrag(undefined);
      const moved = Math.abs(x - drag.x0) + Math.abs(y - drag.y0) > 5;
      onBrush(
        moved ? { x0: Math.min(drag.x0, x), x1: Math.max(drag.x0, x), y0: Math.min(drag.y0, y), y1: Math.max(drag.y0, y) } : undefined,
        { x, y },
      );
    },
    onPointerCancel: () => setDrag(undefined),
  };
  return (
    <div className="plot" style={{ height }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        style={{ width: '100%', height, cursor: onBrush ? 'crosshair' : 'default' }}
        {...brushing}
      />
      {drag && (
        <div
          className="brush"
          style={{
            left: Math.min(drag.x0, drag.x1),
            top: Math.min(drag.y0, drag.y1),
            width: Math.abs(drag.x1 - drag.x0),
            height: Math.abs(drag.y1 - drag.y0),
          }}
        />
      )}
    </div>
  );
}
