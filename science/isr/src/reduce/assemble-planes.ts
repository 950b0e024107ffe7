import type { Detector } from '@almagest/instrument';
import type { CalibrationPlane } from '@almagest/kernels';
import type { AmplifierPlanes } from './reduce-raw.ts';

/** A calibration plane of the whole detector from those of its amplifiers. */
export async function assemblePlanes({ width, height, amplifiers }: Detector, { read, scale }: AmplifierPlanes): Promise<Float32Array> {
  const out = new Float32Array(width * height);
  for (const [k, { box }] of amplifiers.entries()) {
    const plane = await read(k);
    const factor = scale?.(k) ?? 1;
    for (let y = 0; y < box.height; y++) {
      const row = rowOf(plane, y, box.width);
      const start = (box.y + y) * width + box.x;
      out.set(row, start);
      if (factor !== 1) for (let i = start; i < start + box.width; i++) out[i] *= factor;
    }
  }
  return out;
}

/** Row of the result, in the machine's order. */
function rowOf({ data, height, stride, bigEndian, flipX, flipY }: CalibrationPlane, y: number, width: number): Float32Array {
  const start = (flipY ? height - 1 - y : y) * stride;
  const row = data.slice(start, start + width);
  if (bigEndian) {
    const view = new DataView(row.buffer);
    for (let i = 0; i < width; i++) row[i] = view.getFloat32(4 * i);
  }
  return flipX ? row.toReversed() : row;
}
