import { askJson } from './problem.ts';

/** One image as `/api/images` tells of it; angles in degrees, times in MJD (TAI). */
export interface ImageEntry {
  readonly id: string;
  readonly type: string;
  readonly run: string;
  readonly dataId: Readonly<Record<string, string | number>>;
  readonly instrument?: string;
  readonly band?: string;
  readonly target?: string;
  readonly beginMjdTai?: number;
  readonly endMjdTai?: number;
  readonly exposureSec?: number;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly pixelScaleArcsec?: number;
  readonly ra?: number;
  readonly dec?: number;
  readonly footprint: readonly (readonly [number, number])[];
}

export async function listImages(signal?: AbortSignal): Promise<readonly ImageEntry[]> {
  const { images } = await askJson<{ images: readonly ImageEntry[] }>('/api/images', signal ? { signal } : {});
  return images;
}

export const previewUrl = (id: string, size: number, stretch = 'asinh'): string =>
  `/api/images/${id}/preview.png?size=${size}&stretch=${stretch}`;

export const fitsUrl = (id: string): string => `/api/images/${id}/fits`;

export const cutoutUrl = (id: string, ra: number, dec: number, size: number): string =>
  `/api/images/${id}/cutout?ra=${ra.toFixed(7)}&dec=${dec.toFixed(7)}&size=${size}`;

/** `calexp · visit 2 · detector 0 · r`, the words that tell images of one list apart. */
export function nameOf(image: ImageEntry): string {
  const parts = ['visit', 'exposure', 'tract', 'patch', 'detector'].flatMap((name) =>
    image.dataId[name] === undefined ? [] : [`${name} ${image.dataId[name]}`],
  );
  return [image.type, ...parts, ...(image.band === undefined ? [] : [image.band])].join(' · ');
}

/** Images that show the same pixels of the sky at the same time, so that they can be blinked. */
export const groupOf = ({ dataId }: ImageEntry): string =>
  ['visit', 'exposure', 'tract', 'patch', 'detector'].map((name) => dataId[name] ?? '').join('/');
