import { BadWcsCardError } from '../errors.ts';
import { DEG } from '../projection/projection.ts';
import type { CelestialAxes } from './axes.ts';
import { type HeaderLike, readNumber, readString } from './header-like.ts';

export interface LinearPart {
  readonly crpix: readonly [number, number];
  readonly crval: readonly [number, number];
  readonly cd: readonly [number, number, number, number];
}

/** Degrees in one unit of CUNIT. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  deg: 1,
  degree: 1,
  degrees: 1,
  arcmin: 1 / 60,
  arcsec: 1 / 3600,
  mas: 1 / 3.6e6,
  uas: 1 / 3.6e9,
  rad: 1 / DEG,
};

/**
 * Reads CRPIX, CRVAL and the matrix: CD, or PC with CDELT, or CROTA with CDELT, in this order of preference.
 *
 * @see Greisen and Calabretta (2002), A&A 395, 1061 (Paper I), sections 2.1.2 and 6.1.
 */
export function readLinear(header: HeaderLike, axes: CelestialAxes, alternate: string): LinearPart {
  const [px, py] = axes.pixel;
  const scaleOf = (axis: number): number => unitScale(header, `CUNIT${axis}${alternate}`);
  const lonScale = scaleOf(axes.lon);
  const latScale = scaleOf(axes.lat);
  const number = (keyword: string, fallback: number): number => readNumber(header, `${keyword}${alternate}`) ?? fallback;
  const crpix: [number, number] = [number(`CRPIX${px}`, 0) - 1, number(`CRPIX${py}`, 0) - 1];
  const crval: [number, number] = [number(`CRVAL${axes.lon}`, 0) * lonScale, number(`CRVAL${axes.lat}`, 0) * latScale];
  const [a, b, c, d] = readMatrix(header, axes, alternate);
  return { crpix, crval, cd: [a * lonScale, b * lonScale, c * latScale, d * latScale] };
}

/** Rows longitude and latitude, columns x and y, in the header's units. */
function readMatrix(header: HeaderLike, { lon, lat, pixel }: CelestialAxes, alternate: string): [number, number, number, number] {
  const read = (prefix: string, i: number, j: number): number | undefined =>
    readNumber(header, `${prefix}${i}_${j}${alternate}`) ?? (prefix === 'PC' ? readNumber(header, `PC00${i}00${j}`) : undefined);
  const block = (prefix: string): (number | undefined)[] => [lon, lat].flatMap((i) => pixel.map((j) => read(prefix, i, j)));
  const hasAny = (prefix: string): boolean => {
    for (let i = 1; i <= 4; i++) for (let j = 1; j <= 4; j++) if (read(prefix, i, j) !== undefined) return true;
    return false;
  };
  const cdelt = [lon, lat].map((axis) => readNumber(header, `CDELT${axis}${alternate}`) ?? 1);
  if (hasAny('PC')) {
    const identity = [lon, lat].flatMap((i) => pixel.map((j) => (i === j ? 1 : 0)));
    const pc = block('PC').map((value, k) => value ?? identity[k]);
    return [pc[0] * cdelt[0], pc[1] * cdelt[0], pc[2] * cdelt[1], pc[3] * cdelt[1]];
  }
  if (hasAny('CD')) {
    const cd = block('CD').map((value) => value ?? 0);
    return [cd[0], cd[1], cd[2], cd[3]];
  }
  const rotation = (readNumber(header, `CROTA${lat}`) ?? readNumber(header, `CROTA${lon}`) ?? 0) * DEG;
  const c = Math.cos(rotation);
  const s = Math.sin(rotation);
  // Paper I, equation 1 of section 6.1 for axes (1, 2); with the longitude on the second axis the rows change places.
  const [d1, d2] = lon < lat ? cdelt : [cdelt[1], cdelt[0]];
  const first: [number, number] = [d1 * c, -d2 * s];
  const second: [number, number] = [d1 * s, d2 * c];
  return lon < lat ? [...first, ...second] : [...second, ...first];
}

function unitScale(header: HeaderLike, keyword: string): number {
  const unit = (readString(header, keyword) ?? '').trim();
  const scale = UNITS[unit] ?? UNITS[unit.toLowerCase()];
  if (scale !== undefined) return scale;
  throw new BadWcsCardError(`${keyword} must be an angle (deg, arcmin, arcsec, mas, uas, rad); found "${unit}"`, {
    details: { keyword, found: unit },
  });
}
