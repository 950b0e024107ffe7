import type { Random } from '@almagest/numerics';

/** Charge that cosmic rays left: pixel indices and electrons. */
export interface CosmicRayHits {
  readonly indices: Int32Array;
  readonly electrons: Float32Array;
  readonly count: number;
}

/** Electrons that a minimum-ionizing particle frees along a micrometre of silicon. */
const ELECTRONS_PER_UM = 80;
const THICKNESS_UM = 100;
const PIXEL_UM = 10;

/**
 * Draws tracks: most are straight muon tracks of any inclination, some are short worms of slow electrons.
 *
 * @returns Hits on a detector of this shape; the same pixel may be hit twice.
 */
export function drawCosmicRays(
  shape: { readonly width: number; readonly height: number },
  expected: number,
  random: Random,
): CosmicRayHits {
  const indices: number[] = [];
  const electrons: number[] = [];
  const deposit = (x: number, y: number, charge: number): void => {
    const px = Math.floor(x);
    const py = Math.floor(y);
    if (px < 0 || py < 0 || px >= shape.width || py >= shape.height) return;
    const index = py * shape.width + px;
    if (indices.at(-1) === index) electrons[electrons.length - 1] += charge;
    else {
      indices.push(index);
      electrons.push(charge);
    }
  };
  const count = random.poisson(expected);
  for (let n = 0; n < count; n++) {
    const start = { x: random.uniform(0, shape.width), y: random.uniform(0, shape.height) };
    if (random.uniform() < 0.7) drawMuon(start, deposit, random);
    else drawWorm(start, deposit, random);
  }
  return { indices: Int32Array.from(indices), electrons: Float32Array.from(electrons), count };
}

type Deposit = (x: number, y: number, charge: number) => void;

function drawMuon(start: { readonly x: number; readonly y: number }, deposit: Deposit, random: Random): void {
  // Flux goes with cos^2 of the zenith distance; the detector's own tilt makes all inclinations common.
  const inclination = Math.acos(Math.cbrt(random.uniform(0.02, 1)));
  const lengthPixels = Math.min(400, (THICKNESS_UM * Math.tan(inclination)) / PIXEL_UM);
  const perPixel = (ELECTRONS_PER_UM * PIXEL_UM) / Math.max(0.1, Math.sin(inclination));
  const angle = random.uniform(0, 2 * Math.PI);
  const steps = Math.max(1, Math.ceil(lengthPixels * 4));
  const total = lengthPixels < 1 ? ELECTRONS_PER_UM * THICKNESS_UM : perPixel * lengthPixels;
  for (let k = 0; k < steps; k++) {
    const along = ((k + 0.5) / steps) * lengthPixels;
    const charge = (total / steps) * Math.max(0.2, 1 + random.normal(0, 0.3));
    deposit(start.x + along * Math.cos(angle), start.y + along * Math.sin(angle), charge);
  }
}

function drawWorm(start: { readonly x: number; readonly y: number }, deposit: Deposit, random: Random): void {
  let { x, y } = start;
  let angle = random.uniform(0, 2 * Math.PI);
  const steps = 3 + Math.floor(random.exponential() * 12);
  for (let k = 0; k < steps; k++) {
    deposit(x, y, ELECTRONS_PER_UM * PIXEL_UM * 0.5 * (1 + random.exponential()));
    angle += random.normal(0, 0.5);
    x += 0.5 * Math.cos(angle);
    y += 0.5 * Math.sin(angle);
  }
}
