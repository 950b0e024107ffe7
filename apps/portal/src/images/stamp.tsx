import { type ReactElement, useEffect, useRef } from 'react';
import type { Image } from '@almagest/image';
import { useLoaded } from '../services/use-loaded.ts';
import { loadExposure } from './load-exposure.ts';
import { limitsOf, paintImage } from './paint.ts';

/** A small picture of pixels, drawn without smoothing. */
export function PixelStamp({
  image,
  label,
  side = 132,
}: {
  readonly image: Image;
  readonly label: string;
  readonly side?: number;
}): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(paintImage(image, { stretch: 'asinh', limits: limitsOf(image, 'auto'), inverted: false }), 0, 0, 2 * side, 2 * side);
  }, [image, side]);
  return (
    <canvas
      ref={canvas}
      className="stamp"
      role="img"
      aria-label={label}
      width={2 * side}
      height={2 * side}
      style={{ width: side, height: side }}
    />
  );
}

/** A stamp whose pixels are fetched from a cutout of the image services. */
export function CutoutStamp({
  url,
  label,
  caption,
}: {
  readonly url: string;
  readonly label: string;
  readonly caption: string;
}): ReactElement {
  const loaded = useLoaded(url, () => loadExposure(url));
  return (
    <figure className="stamp-figure">
      {loaded.state === 'ready' ? (
        <PixelStamp image={loaded.value.maskedImage.image} label={label} />
      ) : (
        <div className="stamp empty">{loaded.state === 'waiting' ? '' : 'not there'}</div>
      )}
      <figcaption className="small quiet">{caption}</figcaption>
    </figure>
  );
}
