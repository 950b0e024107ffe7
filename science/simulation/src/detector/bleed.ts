import type { Box } from '@almagest/instrument';

/**
 * Spills charge above the full well along columns, half to either side, within one amplifier's box.
 *
 * Charge that reaches the edge of the box leaves it; elsewhere charge is conserved.
 *
 * @param charge - [electron], row-major with `width` columns; changed in place.
 */
export function bleedInPlace(charge: Float32Array, width: number, box: Box, fullWell: number): void {
  const y0 = box.y;
  const y1 = box.y + box.height;
  for (let x = box.x; x < box.x + box.width; x++) {
    for (let y = y0; y < y1; y++) {
      const excess = charge[y * width + x] - fullWell;
      if (excess <= 0) continue;
      charge[y * width + x] = fullWell;
      spill(charge, { start: y * width + x, step: width, count: y1 - 1 - y }, excess / 2, fullWell);
      spill(charge, { start: y * width + x, step: -width, count: y - y0 }, excess / 2, fullWell);
    }
  }
}

interface Walk {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

function spill(charge: Float32Array, { start, step, count }: Walk, excess: number, fullWell: number): void {
  let left = excess;
  for (let k = 1; k <= count && left > 0; k++) {
    const i = start + k * step;
    const room = fullWell - charge[i];
    // A pixel ahead that is itself above full well spills when its turn comes; charge passes over it.
    if (room <= 0) continue;
    const taken = Math.min(room, left);
    charge[i] += taken;
    left -= taken;
  }
}
