import { openFits } from '@almagest/fits';
import { computeQuantileLimits, encodePng, findImageHdu, readPlacedImage, renderGray, shrinkImage, type Stretch } from '@almagest/image';
import { CutoutTooLargeError } from '../errors.ts';
import type { ImageCatalog } from '../storage/image-catalog.ts';
import { openArtifact } from '../storage/open-artifact.ts';

export interface PreviewOptions {
  readonly stretch: Stretch;
  /** Longest side of the picture [pixel]. */
  readonly size: number;
}

/** Largest image of which a preview is made: 16,384 x 16,384. */
const MAX_PIXELS = 2 ** 28;
/** Previews kept; the same few are asked for again and again by lists. */
const KEPT = 200;

export interface PreviewService {
  /** PNG with the first row at the top. @throws {ImageNotFoundError} @throws {CutoutTooLargeError} */
  render(id: string, options: PreviewOptions): Promise<Uint8Array>;
}

export function createPreviewService(catalog: ImageCatalog): PreviewService {
  const kept = new Map<string, Promise<Uint8Array>>();
  return {
    render(id, options) {
      const key = `${id} ${options.stretch} ${options.size}`;
      let picture = kept.get(key);
      if (!picture) {
        picture = renderPreview(catalog, id, options);
        picture.catch(() => kept.delete(key));
      }
      kept.delete(key);
      kept.set(key, picture);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      return picture;
    },
  };
}

async function renderPreview(catalog: ImageCatalog, id: string, { stretch, size }: PreviewOptions): Promise<Uint8Array> {
  const ref = await catalog.getRef(id);
  await using source = await openArtifact(catalog.butler, ref);
  const hdu = await findImageHdu(await openFits(source));
  const record = await catalog.get(id);
  const pixels = record.width * record.height;
  if (pixels > MAX_PIXELS)
    throw new CutoutTooLargeError(`previews are made of images of at most ${MAX_PIXELS} pixels; this has ${pixels}`, {
      details: { pixels, limit: MAX_PIXELS },
    });
  const { image } = await readPlacedImage(hdu);
  // The sky dark but its noise in sight, the brightest five in a thousand white: what a thumbnail can show.
  const limits = computeQuantileLimits(image, 0.1, 0.995);
  const factor = Math.max(1, Math.ceil(Math.max(image.width, image.height) / size));
  return encodePng(renderGray(factor > 1 ? shrinkImage(image, factor) : image, { stretch, limits }));
}
