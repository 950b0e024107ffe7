import type { Linearity, RawExposure } from '@almagest/instrument';
import { linearizeInPlace, measureOverscan, MEDIAN_PER_ROW } from '@almagest/isr';
import type { Deferred } from '@almagest/pipeline';

/** Imaging pixels of an amplifier in the order of the read-out, overscan taken off [ADU], made linear where that is known. */
export interface AmplifierSignal {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

export function amplifierSignal(raw: RawExposure, k: number, linearity?: Linearity): AmplifierSignal {
  const { amplifier, data, width } = raw.amplifiers[k];
  const { rawData, rawSerialOverscan: box } = amplifier;
  const found = box && measureOverscan({ data, width, box, lines: 'rows' }, MEDIAN_PER_ROW);
  const out = new Float32Array(rawData.width * rawData.height);
  for (let y = 0; y < rawData.height; y++) {
    const level = found && box ? found.levels[Math.min(found.levels.length - 1, Math.max(0, rawData.y + y - box.y))] : 0;
    const from = (rawData.y + y) * width + rawData.x;
    for (let x = 0; x < rawData.width; x++) out[y * rawData.width + x] = data[from + x] - level;
  }
  if (linearity) linearizeInPlace(out, linearity);
  return { data: out, width: rawData.width, height: rawData.height };
}

/** Exposure time of a raw [s]; NaN where the header does not say. */
export function exposureSecOf({ info }: RawExposure): number {
  return typeof info.exposure_time === 'number' ? info.exposure_time : Number.NaN;
}

/** Raws of the filter that most of them were taken in: lamps differ in brightness from filter to filter. */
export async function* inCommonFilter(frames: readonly Deferred<RawExposure>[]): AsyncGenerator<RawExposure> {
  const filterOf = ({ dataId }: Deferred<RawExposure>): string => String(dataId['physical_filter'] ?? '');
  const counts = new Map<string, number>();
  for (const frame of frames) counts.set(filterOf(frame), (counts.get(filterOf(frame)) ?? 0) + 1);
  const [common] = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? [''];
  const chosen = frames.filter((frame) => filterOf(frame) === common);
  let filter: unknown;
  for (const frame of chosen) {
    const raw = await frame.get();
    // Data IDs of some graphs leave implied values out; the header decides then.
    filter ??= raw.info.physical_filter;
    if (raw.info.physical_filter === filter) yield raw;
  }
}
