import type { PeakList } from '@almagest/characterization';
import { deblend, type Deblended } from '@almagest/deblending';
import type { Plane } from '@almagest/kernels';
import { type Column, concatTables, makeColumn, type Table } from '@almagest/table';
import { measureSources } from '../framework/measure-sources.ts';
import type { MeasurementPlugin, Scene } from '../framework/plugin.ts';

/**
 * Takes blends apart and measures every source by its own light; the blends follow as rows of their own, measured whole at their
 * brightest peak.
 *
 * @param scene - As for measureSources, without parts. @param peaks - Its detections.
 * @returns Rows of the sources in their order, then those of the blends. `deblend_parent` is the row of a source's blend, -1 where
 * it stands alone; `deblend_nChild` is above 0 for blends alone.
 */
export function measureWithBlends(
  scene: Omit<Scene, 'detections' | 'parts'>,
  peaks: PeakList,
  plugins: readonly MeasurementPlugin[],
): Table {
  const { image, psf, fwhmPixels, gain } = scene;
  const middle = scene.skyVarianceAt((image.width - 1) / 2, (image.height - 1) / 2);
  const deblended = deblend(image, peaks, { psf, fwhmPixels, skyVariance: middle, gain });
  const children = measureSources({ ...scene, detections: peaks, parts: deblended.sources }, plugins);
  const blends = blendsOf(peaks, deblended);
  const parents = measureSources({ ...scene, detections: wholeBlends(peaks, blends) }, plugins);
  const parentOf = new Int32Array(peaks.count + blends.length).fill(-1);
  const childCount = new Int32Array(parentOf.length);
  blends.forEach((blend, k) => {
    for (const child of blend) parentOf[child] = peaks.count + k;
    childCount[peaks.count + k] = blend.length;
  });
  const rows = concatTables([children, parents]);
  return { ...rows, columns: [...rows.columns, ...blendColumns(peaks, blends, deblended, parentOf, childCount)] };
}

/** The sources of each blend that was taken apart, the most significant first. */
function blendsOf(peaks: PeakList, { sources }: Deblended): number[][] {
  const blends = new Map<number, number[]>();
  for (const peak of sources.keys()) {
    const group = peaks.group[peak];
    const list = blends.get(group);
    if (list) list.push(peak);
    else blends.set(group, [peak]);
  }
  return [...blends.values()].map((list) => list.toSorted((a, b) => peaks.significance[b] - peaks.significance[a]));
}

/** Blends as detections: all the pixels of their group, at the brightest peak. */
function wholeBlends(peaks: PeakList, blends: readonly (readonly number[])[]): PeakList {
  const { segmentation } = peaks;
  const number = new Map<number, number>(blends.map((blend, k) => [peaks.group[blend[0]], k]));
  const members: number[][] = blends.map(() => []);
  const labels = new Int32Array(peaks.count + 1);
  for (let i = 0; i < peaks.count; i++) {
    const blend = number.get(peaks.group[i]);
    // Sources outside blends keep labels of their own, beyond those of the blends.
    labels[i + 1] = blend === undefined ? blends.length + i + 1 : blend + 1;
    if (blend !== undefined) members[blend].push(i);
  }
  const data = new Int32Array(segmentation.data.length);
  for (let k = 0; k < data.length; k++) data[k] = labels[segmentation.data[k]];
  const offsets = new Int32Array(blends.length + 1);
  members.forEach((list, k) => {
    offsets[k + 1] = offsets[k] + list.reduce((sum, i) => sum + peaks.offsets[i + 1] - peaks.offsets[i], 0);
  });
  const pixels = new Int32Array(offsets[blends.length]);
  members.forEach((list, k) => {
    let at = offsets[k];
    for (const i of list) {
      pixels.set(peaks.pixels.subarray(peaks.offsets[i], peaks.offsets[i + 1]), at);
      at += peaks.offsets[i + 1] - peaks.offsets[i];
    }
  });
  const first = (values: Float64Array): Float64Array => Float64Array.from(blends, (blend) => values[blend[0]]);
  const plane: Plane<Int32Array> = { ...segmentation, data };
  return {
    count: blends.length,
    x: first(peaks.x),
    y: first(peaks.y),
    significance: first(peaks.significance),
    group: Int32Array.from(blends.keys()),
    siblings: new Int32Array(blends.length).fill(1),
    offsets,
    pixels,
    segmentation: plane,
  };
}

function blendColumns(
  peaks: PeakList,
  blends: readonly (readonly number[])[],
  { sources, skipped, tooManyPeaks }: Deblended,
  parentOf: Int32Array,
  childCount: Int32Array,
): Column[] {
  const flag = (name: string, description: string, of: (peak: number) => boolean, ofBlends = true): Column => {
    const data = new Uint8Array(parentOf.length);
    for (let i = 0; i < peaks.count; i++) data[i] = of(i) ? 1 : 0;
    if (ofBlends) blends.forEach((blend, k) => (data[peaks.count + k] = blend.some(of) ? 1 : 0));
    return makeColumn({ name, datatype: 'boolean', data, description });
  };
  return [
    makeColumn({ name: 'deblend_parent', datatype: 'int32', data: parentOf, description: 'Row of the blend; -1 for none' }),
    makeColumn({
      name: 'deblend_nChild',
      datatype: 'int32',
      data: childCount,
      description: 'Sources that this blend was taken apart into',
    }),
    flag('deblend_deblendedAsPsf', 'The deblender took the source for a point source', (i) => sources.get(i)?.point === true, false),
    flag('deblend_skipped', 'The blend was beyond a budget and left as it is', (i) => skipped[i] === 1),
    flag('deblend_tooManyPeaks', 'The blend has more peaks than are taken apart', (i) => tooManyPeaks[i] === 1),
  ];
}
