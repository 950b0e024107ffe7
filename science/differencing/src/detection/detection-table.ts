import { knownPlaneBits, type Mask, type PixelBox } from '@almagest/image';
import { columnFromCells, makeTable, type Table } from '@almagest/table';
import type { SkyWcs } from '@almagest/wcs';
import type { DifferenceDetection } from './detect-difference.ts';

/** Where the detections lie. */
export interface DetectionFrame {
  /** Of the pixels of the difference in the detector. */
  readonly box: PixelBox;
  readonly wcs: SkyWcs | undefined;
  /** Of the science image; its planes become flags. */
  readonly mask: Mask;
}

const DEGREE = 180 / Math.PI;
const ARCSEC = 3600 * DEGREE;

/** Flag columns and the mask planes behind them; `center` looks at 3 x 3 pixels, else at 9 x 9. */
const FLAGS: readonly { readonly name: string; readonly planes: readonly string[]; readonly center: boolean }[] = [
  { name: 'pixelFlags_bad', planes: ['BAD'], center: false },
  { name: 'pixelFlags_cr', planes: ['CR'], center: false },
  { name: 'pixelFlags_crCenter', planes: ['CR'], center: true },
  { name: 'pixelFlags_edge', planes: ['EDGE'], center: false },
  { name: 'pixelFlags_interpolated', planes: ['INTRP'], center: false },
  { name: 'pixelFlags_interpolatedCenter', planes: ['INTRP'], center: true },
  { name: 'pixelFlags_nodata', planes: ['NO_DATA'], center: false },
  { name: 'pixelFlags_saturated', planes: ['SAT'], center: false },
  { name: 'pixelFlags_saturatedCenter', planes: ['SAT'], center: true },
  { name: 'pixelFlags_suspect', planes: ['SUSPECT'], center: false },
  { name: 'pixelFlags_suspectCenter', planes: ['SUSPECT'], center: true },
];

/** Detections as a table: places, fluxes in the unit of the difference, dipoles, trails and flags. */
export function detectionTable(found: readonly DifferenceDetection[], { box, wcs, mask }: DetectionFrame): Table {
  const sky = found.map((d) => (wcs ? skyOf(wcs, d.x + box.x0, d.y + box.y0, d) : undefined));
  const real = (name: string, unit: string, of: (d: DifferenceDetection, i: number) => number | undefined): Column => {
    const values = found.map((d, i) => {
      const value = of(d, i);
      return value === undefined || !Number.isFinite(value) ? null : value;
    });
    return columnFromCells({ name, datatype: 'float64', ...(unit === '' ? {} : { unit }) }, values);
  };
  const flag = (name: string, of: (d: DifferenceDetection) => boolean): Column =>
    columnFromCells({ name, datatype: 'boolean' }, found.map(of));
  const arcsec = (pixels: number | undefined, i: number): number | undefined => {
    const scale = sky[i]?.scale;
    return pixels === undefined || scale === undefined ? undefined : pixels * scale * ARCSEC;
  };
  return makeTable([
    real('x', 'pixel', (d) => d.x + box.x0),
    real('y', 'pixel', (d) => d.y + box.y0),
    real('xErr', 'pixel', (d) => d.xErr),
    real('yErr', 'pixel', (d) => d.yErr),
    real('ra', 'deg', (_, i) => sky[i]?.ra),
    real('dec', 'deg', (_, i) => sky[i]?.dec),
    real('raErr', 'deg', (_, i) => sky[i]?.raErr),
    real('decErr', 'deg', (_, i) => sky[i]?.decErr),
    real('psfFlux', 'nJy', (d) => d.flux),
    real('psfFluxErr', 'nJy', (d) => d.fluxErr),
    real('psfChi2', '', (d) => d.chi2),
    flag('psfFlux_flag', (d) => !d.fitted),
    real('scienceFlux', 'nJy', (d) => d.science.flux),
    real('scienceFluxErr', 'nJy', (d) => d.science.fluxErr),
    real('templateFlux', 'nJy', (d) => d.template.flux),
    real('templateFluxErr', 'nJy', (d) => d.template.fluxErr),
    real('snr', '', (d) => Math.abs(d.significance)),
    flag('isNegative', (d) => d.significance < 0),
    flag('isDipole', (d) => d.dipole !== undefined),
    real('dipoleLength', 'arcsec', (d, i) => arcsec(d.dipole?.separation, i)),
    real('dipoleAngle', 'deg', (d) => (d.dipole ? d.dipole.angle * DEGREE : undefined)),
    real('dipolePositiveFlux', 'nJy', (d) => d.dipole?.positive.flux),
    real('dipoleNegativeFlux', 'nJy', (d) => (d.dipole ? -d.dipole.negative.flux : undefined)),
    real('trailLength', 'arcsec', (d, i) => arcsec(d.trail?.length, i)),
    real('trailAngle', 'deg', (d) => (d.trail ? d.trail.angle * DEGREE : undefined)),
    real('trailFlux', 'nJy', (d) => d.trail?.flux),
    ...FLAGS.map(({ name, planes, center }) => {
      const bits = knownPlaneBits(mask.planes, planes);
      return flag(name, (d) => touches(mask, bits, { x: d.x, y: d.y, reach: center ? 1 : 4 }));
    }),
  ]);
}

type Column = ReturnType<typeof columnFromCells>;

interface SkyPlace {
  readonly ra: number;
  readonly dec: number;
  readonly raErr: number;
  readonly decErr: number;
  /** Angle of a pixel [rad]. */
  readonly scale: number;
}

/** Place [deg], its errors [deg; of right ascension as a coordinate] and the scale, from the WCS a pixel about it. */
function skyOf(wcs: SkyWcs, x: number, y: number, { xErr, yErr }: DifferenceDetection): SkyPlace {
  const at = wcs.pixelToSky(x, y);
  const step = (dx: number, dy: number): { ra: number; dec: number } => {
    const [a, b] = [wcs.pixelToSky(x - dx / 2, y - dy / 2), wcs.pixelToSky(x + dx / 2, y + dy / 2)];
    return { ra: Math.atan2(Math.sin(b.ra - a.ra), Math.cos(b.ra - a.ra)), dec: b.dec - a.dec };
  };
  const [alongX, alongY] = [step(1, 0), step(0, 1)];
  return {
    ra: at.ra * DEGREE,
    dec: at.dec * DEGREE,
    raErr: Math.hypot(alongX.ra * xErr, alongY.ra * yErr) * DEGREE,
    decErr: Math.hypot(alongX.dec * xErr, alongY.dec * yErr) * DEGREE,
    scale: Math.sqrt(Math.abs(alongX.ra * alongY.dec - alongX.dec * alongY.ra) * Math.cos(at.dec)),
  };
}

function touches(mask: Mask, bits: number, { x, y, reach }: { readonly x: number; readonly y: number; readonly reach: number }): boolean {
  if (bits === 0) return false;
  const [cx, cy] = [Math.round(x), Math.round(y)];
  for (let j = Math.max(0, cy - reach); j <= Math.min(mask.height - 1, cy + reach); j++)
    for (let i = Math.max(0, cx - reach); i <= Math.min(mask.width - 1, cx + reach); i++)
      if ((mask.data[j * mask.stride + i] & bits) !== 0) return true;
  return false;
}
