import { type KeyboardEvent, type PointerEvent, type ReactElement, useEffect, useRef, useState } from 'react';

/** Which part of an image is in sight: its middle in pixels of the image, and screen pixels per image pixel. */
export interface ViewerPlace {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface ViewerCanvasProps {
  readonly width: number;
  readonly height: number;
  readonly picture: OffscreenCanvas | undefined;
  readonly overlay: OffscreenCanvas | undefined;
  readonly place: ViewerPlace | undefined;
  readonly marker: { readonly x: number; readonly y: number } | undefined;
  readonly label: string;
  readonly onPlace: (place: ViewerPlace) => void;
  readonly onPoint: (x: number, y: number) => void;
  readonly onPick: (x: number, y: number) => void;
}

const LEAST = 0.02;
const MOST = 64;

/** Shows a picture of an image, lower left corner first; drag or arrows pan, wheel, pinch or + and - zoom, 0 fits. */
export function ViewerCanvas(props: ViewerCanvasProps): ReactElement {
  const { width, height, picture, overlay, marker, label } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const moved = useRef(0);
  const fit: ViewerPlace = { x: (width - 1) / 2, y: (height - 1) / 2, zoom: Math.min(size.width / width, size.height / height) || 1 };
  const place = props.place ?? fit;
  const latest = useRef({ place, onPlace: props.onPlace });
  latest.current = { place, onPlace: props.onPlace };

  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) =>
      setSize({ width: entry?.contentRect.width ?? 0, height: entry?.contentRect.height ?? 0 }),
    );
    observer.observe(element);
    // React's own wheel listener is passive and could not keep the page from scrolling.
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      zoomAbout(latest.current, box, { x: event.clientX - box.left, y: event.clientY - box.top }, Math.exp(-event.deltaY * 0.0016));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', wheel);
    };
  }, []);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || size.width === 0) return;
    const ratio = devicePixelRatio || 1;
    element.width = Math.round(size.width * ratio);
    element.height = Math.round(size.height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.imageSmoothingEnabled = place.zoom < 1;
    const [left, top] = [size.width / 2 - (place.x + 0.5) * place.zoom, size.height / 2 - (height - 0.5 - place.y) * place.zoom];
    for (const layer of [picture, overlay]) if (layer) context.drawImage(layer, left, top, width * place.zoom, height * place.zoom);
    if (marker) {
      const [x, y] = [left + (marker.x + 0.5) * place.zoom, top + (height - 0.5 - marker.y) * place.zoom];
      drawMarker(context, x, y);
    }
  }, [picture, overlay, place.x, place.y, place.zoom, size, marker, width, height]);

  const at = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
    const box = canvas.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  const pixelAt = ({ x, y }: { x: number; y: number }): readonly [number, number] => [
    place.x + (x - size.width / 2) / place.zoom,
    place.y - (y - size.height / 2) / place.zoom,
  ];
  const move = (event: PointerEvent): void => {
    const now = at(event);
    const before = pointers.current.get(event.pointerId);
    if (!before) return props.onPoint(...pixelAt(now));
    const others = [...pointers.current].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    pointers.current.set(event.pointerId, now);
    moved.current += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    const [other] = others;
    const box = canvas.current?.getBoundingClientRect();
    if (other && box) {
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      return zoomAbout(latest.current, box, other, factor);
    }
    props.onPlace({ ...place, x: place.x - (now.x - before.x) / place.zoom, y: place.y + (now.y - before.y) / place.zoom });
  };
  const release = (event: PointerEvent): void => {
    if (pointers.current.delete(event.pointerId) && moved.current < 4) props.onPick(...pixelAt(at(event)));
  };
  const keys = (event: KeyboardEvent): void => {
    const step = 60 / place.zoom;
    const changed: Record<string, ViewerPlace> = {
      ArrowLeft: { ...place, x: place.x - step },
      ArrowRight: { ...place, x: place.x + step },
      ArrowUp: { ...place, y: place.y + step },
      ArrowDown: { ...place, y: place.y - step },
      '+': { ...place, zoom: Math.min(MOST, place.zoom * 1.4) },
      '=': { ...place, zoom: Math.min(MOST, place.zoom * 1.4) },
      '-': { ...place, zoom: Math.max(LEAST, place.zoom / 1.4) },
      '0': fit,
    };
    const next = changed[event.key];
    if (next) props.onPlace(next);
    else if (event.key === 'Enter') props.onPick(place.x, place.y);
    else return;
    props.onPoint(next?.x ?? place.x, next?.y ?? place.y);
    event.preventDefault();
  };
  return (
    <canvas
      ref={canvas}
      className="viewer-canvas"
      role="application"
      tabIndex={0}
      aria-label={`${label}. Arrow keys pan, plus and minus zoom, 0 fits, Enter picks the middle.`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, at(event));
        moved.current = 0;
      }}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={(event) => pointers.current.delete(event.pointerId)}
      onKeyDown={keys}
    />
  );
}

interface Latest {
  readonly place: ViewerPlace;
  readonly onPlace: (place: ViewerPlace) => void;
}

/** Zooms so that what lies under a point of the screen stays there. */
function zoomAbout({ place, onPlace }: Latest, box: DOMRect, { x, y }: { x: number; y: number }, factor: number): void {
  const zoom = Math.max(LEAST, Math.min(MOST, place.zoom * factor));
  const [dx, dy] = [x - box.width / 2, y - box.height / 2];
  onPlace({ zoom, x: place.x + dx / place.zoom - dx / zoom, y: place.y - dy / place.zoom + dy / zoom });
}

function drawMarker(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.lineWidth = 1.6;
  context.strokeStyle = '#ffd98a';
  context.beginPath();
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    context.moveTo(x + 7 * dx, y + 7 * dy);
    context.lineTo(x + 18 * dx, y + 18 * dy);
  }
  context.stroke();
}
