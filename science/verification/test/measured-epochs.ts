import { createReferenceCatalogue, type ReferenceCatalogue } from '@almagest/astrometry';
import { createRandom } from '@almagest/numerics';
import { characterizeImage } from '@almagest/measurement';
import { calibrateImage } from '@almagest/measurement/tasks';
import type { DrawnSource, ExposurePlan, Survey } from '@almagest/simulation';
import { getColumn, type Table } from '@almagest/table';
import { reducedField } from './reduced-field.ts';

const DEG = 180 / Math.PI;
const MAS = 3_600_000;

/** One isolated star in one epoch: what was measured and what is true. */
export interface StarInEpoch {
  readonly id: number;
  readonly epoch: number;
  /** True signal-to-noise ratio. */
  readonly snr: number;
  readonly x: number;
  readonly y: number;
  /** Measured minus true in units of the error given. */
  readonly pull: { readonly x: number; readonly y: number; readonly ra: number; readonly dec: number; readonly flux: number };
  /** Calibrated PSF flux and aperture flux over the true one. */
  readonly fluxRatio: number;
  readonly apertureRatio: number;
  /** Measured minus true place on the sky [mas]. */
  readonly east: number;
  readonly north: number;
  readonly ra: number;
  readonly dec: number;
  readonly mag: number;
  readonly measuredSnr: number;
}

/** What one epoch gave. */
export interface MeasuredEpoch {
  readonly stars: readonly StarInEpoch[];
  /** Signal-to-noise ratio of every isolated star that was drawn, and whether it was found. */
  readonly drawn: readonly { readonly snr: number; readonly found: boolean }[];
  /** Stars kept out of the PSF model: star minus model, and the weights by their noise. */
  readonly reserved: readonly { readonly size: number; readonly e1: number; readonly e2: number; readonly weight: number }[];
  /** Median sky over the true one. */
  readonly skyRatio: number;
  readonly seconds: { readonly characterize: number; readonly calibrate: number };
}

/** Neighbours within this many pixels whose light is more than this part of the error of a star's flux make it no isolated one. */
const CLEARANCE = { pixels: 25, sigma: 0.5 };
/** Reference stars are known this well [mas, mag]. */
const REFERENCE = { mas: 1, mag: 0.002, limit: 21.5 };

/** Takes one exposure from raw pixels to a calibrated catalogue and compares it with the truth, star by star. */
export function measureEpoch(survey: Survey, plan: ExposurePlan, epoch: number): MeasuredEpoch {
  const field = reducedField(survey, plan);
  const [t0, characterized] = [performance.now(), characterizeImage(field.exposure, { cosmicRays: true })];
  const t1 = performance.now();
  const { reference, colors } = referenceOf(field.drawn, `${survey.seed}/${epoch}`);
  const { sources } = calibrateImage(characterized.exposure, characterized.sources, reference, { colors });
  const t2 = performance.now();
  const { width, height } = field.exposure.maskedImage.image;
  const near = neighbours(field.drawn);
  const noise = characterized.background.medianNoise;
  const area = effectiveArea(sources);
  const errorOf = (flux: number): number => Math.sqrt(area * noise * noise + flux);
  const isolated = field.drawn.filter(
    ({ source, x, y, flux }) =>
      source.kind === 'star' &&
      Math.min(x, y, width - 1 - x, height - 1 - y) > 40 &&
      near(x, y, CLEARANCE.pixels).reduce((sum, other) => sum + other.flux, 0) < flux + CLEARANCE.sigma * errorOf(flux),
  );
  const numbers = (name: string): Float64Array => Float64Array.from(getColumn(sources, name).data as Float64Array, Number);
  const [x, y, childCount] = ['x', 'y', 'deblend_nChild'].map(numbers);
  const find = nearestRow(x, y, childCount);
  const measured = starsOf(sources, field.zeroPoint);
  const stars: StarInEpoch[] = [];
  const drawn: { snr: number; found: boolean }[] = [];
  for (const star of isolated) {
    const snr = star.flux / errorOf(star.flux);
    const row = find(star.x, star.y);
    drawn.push({ snr, found: row >= 0 });
    if (row >= 0) {
      const one = measured(star, row, snr, epoch);
      if (one) stars.push(one);
    }
  }
  const leveled = withoutZeroPointError(stars);
  const reserved = (characterized.psfFit?.stars ?? [])
    .filter((star) => star.reserved && star.used && Number.isFinite(star.sizeResidual))
    .map(({ sizeResidual: size, e1Residual: e1, e2Residual: e2, flux }) => {
      const inverse = errorOf(flux) / flux;
      return { size, e1, e2, weight: 1 / (inverse * inverse) };
    });
  const seconds = { characterize: (t1 - t0) / 1000, calibrate: (t2 - t1) / 1000 };
  return { stars: leveled, drawn, reserved, skyRatio: characterized.background.medianLevel / field.skyLevel, seconds };
}

/** Stars of this signal-to-noise ratio and more tell the error of the zero point. */
const LEVEL_SNR = 100;

/**
 * Flux pulls about the level of the epoch's bright stars: what the zero point is off by, with a few hundred reference stars of 2 mmag
 * 0.15 mmag, is common to all stars and no part of the error of one.
 */
function withoutZeroPointError(stars: readonly StarInEpoch[]): StarInEpoch[] {
  const bright = stars.filter(({ snr, fluxRatio }) => snr > LEVEL_SNR && Math.abs(fluxRatio - 1) < 0.05);
  const weights = bright.map(({ snr }) => Math.min(snr, 1000) ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const level = total > 0 ? bright.reduce((sum, { fluxRatio }, i) => sum + weights[i] * fluxRatio, 0) / total : 1;
  return stars.map((star) => {
    const sigma = (star.fluxRatio - 1) / star.pull.flux;
    return { ...star, pull: { ...star.pull, flux: (star.fluxRatio / level - 1) / sigma } };
  });
}

/** Stars as an all-sky catalogue would have them: bright ones, with small errors. */
function referenceOf(
  drawn: readonly DrawnSource[],
  seed: string,
): { readonly reference: ReferenceCatalogue; readonly colors: Float64Array } {
  const random = createRandom(`${seed}/reference`);
  const stars = drawn.filter(({ source }) => source.kind === 'star' && source.mag < REFERENCE.limit);
  const sigma = REFERENCE.mas / MAS / DEG;
  const reference = createReferenceCatalogue(
    {
      ra: Float64Array.from(stars, ({ source }) => source.ra + random.normal(0, sigma) / Math.cos(source.dec)),
      dec: Float64Array.from(stars, ({ source }) => source.dec + random.normal(0, sigma)),
      mag: Float64Array.from(stars, ({ source }) => source.mag + random.normal(0, REFERENCE.mag)),
    },
    2026,
  );
  return { reference, colors: Float64Array.from(stars, ({ source }) => source.colour + random.normal(0, 0.01)) };
}

/** Flags that say that something else than the star and the sky had a part in a measurement. */
const UNSOUND = [
  'centroid_flag',
  'psfFlux_flag',
  'pixelFlags_saturated',
  'pixelFlags_edge',
  'pixelFlags_cr',
  'pixelFlags_bad',
  'pixelFlags_interpolated',
];

function starsOf(table: Table, zeroPoint: number): (star: DrawnSource, row: number, snr: number, epoch: number) => StarInEpoch | undefined {
  const numbers = (name: string): Float64Array => Float64Array.from(getColumn(table, name).data as Float64Array, Number);
  const [x, y, xErr, yErr, ra, dec, raErr, decErr] = ['x', 'y', 'xErr', 'yErr', 'ra', 'dec', 'raErr', 'decErr'].map(numbers);
  const [flux, fluxErr, aperture] = ['psfFlux', 'psfFluxErr', 'calibFlux'].map(numbers);
  const unsound = UNSOUND.map((name) => getColumn(table, name).data);
  return (star, i, snr, epoch) => {
    if (unsound.some((flags) => flags[i])) return undefined;
    const truth = 10 ** (0.4 * (31.4 - (zeroPoint - 2.5 * Math.log10(star.flux))));
    const east = (ra[i] - star.source.ra * DEG) * Math.cos(star.source.dec);
    const north = dec[i] - star.source.dec * DEG;
    return {
      id: star.source.id,
      epoch,
      snr,
      x: star.x,
      y: star.y,
      pull: {
        x: (x[i] - star.x) / xErr[i],
        y: (y[i] - star.y) / yErr[i],
        ra: east / raErr[i],
        dec: north / decErr[i],
        flux: (flux[i] - truth) / fluxErr[i],
      },
      fluxRatio: flux[i] / truth,
      apertureRatio: aperture[i] / truth,
      east: east * MAS,
      north: north * MAS,
      ra: ra[i] / DEG,
      dec: dec[i] / DEG,
      mag: 31.4 - 2.5 * Math.log10(flux[i]),
      measuredSnr: flux[i] / fluxErr[i],
    };
  };
}

/** Median effective area of the PSF [pixel]. */
function effectiveArea(table: Table): number {
  const areas = Array.from(getColumn(table, 'psfFlux_area').data as Float32Array).filter(Number.isFinite);
  return areas.toSorted((a, b) => a - b)[areas.length >> 1] ?? Number.NaN;
}

const CELL = 32;
const keyOf = (x: number, y: number): number => Math.floor(x / CELL) * 65_536 + Math.floor(y / CELL);

function neighbours(drawn: readonly DrawnSource[]): (x: number, y: number, radius: number) => DrawnSource[] {
  const cells = Map.groupBy(drawn, ({ x, y }) => keyOf(x, y));
  return (x, y, radius) => {
    const found: DrawnSource[] = [];
    for (let i = -1; i <= 1; i++)
      for (let j = -1; j <= 1; j++)
        for (const other of cells.get(keyOf(x + i * CELL, y + j * CELL)) ?? [])
          if (Math.hypot(other.x - x, other.y - y) < radius) found.push(other);
    return found;
  };
}

/** The nearest source within 2.5 pixels that is no blend, or -1. */
function nearestRow(x: Float64Array, y: Float64Array, childCount: Float64Array): (x: number, y: number) => number {
  const cells = new Map<number, number[]>();
  for (let i = 0; i < x.length; i++) {
    if (childCount[i] > 0) continue;
    const key = keyOf(x[i], y[i]);
    const list = cells.get(key);
    if (list) list.push(i);
    else cells.set(key, [i]);
  }
  return (px, py) => {
    let [best, least] = [-1, 2.5];
    for (let i = -1; i <= 1; i++)
      for (let j = -1; j <= 1; j++)
        for (const row of cells.get(keyOf(px + i * CELL, py + j * CELL)) ?? []) {
          const distance = Math.hypot(x[row] - px, y[row] - py);
          if (distance < least) [best, least] = [row, distance];
        }
    return best;
  };
}
