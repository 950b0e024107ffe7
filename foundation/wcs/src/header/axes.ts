import type { CelestialSystem } from '../celestial/frames.ts';
import { BadWcsCardError, NoCelestialWcsError } from '../errors.ts';
import { type HeaderLike, readNumber, readString } from './header-like.ts';

/** The celestial pair of axes of a header. */
export interface CelestialAxes {
  /** One-based numbers of the longitude and latitude axes. */
  readonly lon: number;
  readonly lat: number;
  /** The same two in rising order: the image axes x and y. */
  readonly pixel: readonly [number, number];
  /** Algorithm code of CTYPE ("TAN", "TPV"), empty for linear axes "RA" and "DEC", and what follows it ("SIP"). */
  readonly code: string;
  readonly suffix: string;
  readonly system: CelestialSystem | 'EQUATORIAL';
}

const MAX_AXES = 9;

/**
 * Finds the longitude and latitude axes by their CTYPE.
 *
 * @throws {NoCelestialWcsError} when there is no such pair.
 * @throws {BadWcsCardError} when the two name different projections.
 */
export function findCelestialAxes(header: HeaderLike, alternate: string): CelestialAxes {
  const ctypes: string[] = [];
  const axes: { axis: number; parsed: ParsedCtype }[] = [];
  const count = Math.min(MAX_AXES, Math.max(2, readNumber(header, `WCSAXES${alternate}`) ?? 0, readNumber(header, 'NAXIS') ?? 0));
  for (let axis = 1; axis <= count; axis++) {
    const ctype = readString(header, `CTYPE${axis}${alternate}`) ?? '';
    ctypes.push(ctype);
    const parsed = parseCtype(ctype);
    if (parsed) axes.push({ axis, parsed });
  }
  const lon = axes.find(({ parsed }) => parsed.role === 'lon');
  const lat = axes.find(({ parsed }) => parsed.role === 'lat');
  if (!lon || !lat)
    throw new NoCelestialWcsError(`expected a longitude and a latitude in CTYPE; found ${ctypes.map((c) => `"${c}"`).join(', ')}`, {
      details: { ctype: ctypes },
    });
  if (lon.parsed.code !== lat.parsed.code || lon.parsed.system !== lat.parsed.system)
    throw new BadWcsCardError(
      `both celestial axes must have one projection; found "${ctypes[lon.axis - 1]}" and "${ctypes[lat.axis - 1]}"`,
      {
        details: { keyword: `CTYPE${lat.axis}${alternate}`, found: ctypes[lat.axis - 1] },
      },
    );
  const pixel: [number, number] = lon.axis < lat.axis ? [lon.axis, lat.axis] : [lat.axis, lon.axis];
  const { code, suffix, system } = lon.parsed;
  return { lon: lon.axis, lat: lat.axis, pixel, code, suffix, system };
}

interface ParsedCtype {
  readonly role: 'lon' | 'lat';
  readonly system: CelestialAxes['system'];
  readonly code: string;
  readonly suffix: string;
}

const SYSTEMS: Readonly<Record<string, CelestialSystem>> = { G: 'GALACTIC', E: 'ECLIPTIC', S: 'SUPERGALACTIC' };

/** "RA---TAN-SIP", "GLON-CAR", "HPLN-TAN", a bare "RA"; undefined for an axis that is not celestial. */
function parseCtype(ctype: string): ParsedCtype | undefined {
  const bare = ctype.trim();
  if (bare === 'RA' || bare === 'DEC') return { role: bare === 'RA' ? 'lon' : 'lat', system: 'EQUATORIAL', code: '', suffix: '' };
  const match = /^([A-Za-z0-9]+)-+([A-Za-z0-9]{3})(?:-([A-Za-z0-9]{3}))?\s*$/.exec(ctype);
  if (!match) return undefined;
  const [, name, code, suffix = ''] = match;
  const rest = { code: code.toUpperCase(), suffix: suffix.toUpperCase() };
  if (name === 'RA') return { role: 'lon', system: 'EQUATORIAL', ...rest };
  if (name === 'DEC') return { role: 'lat', system: 'EQUATORIAL', ...rest };
  const long = /^([A-Z])LON$/.exec(name) ?? /^([A-Z]{2})LN$/.exec(name);
  if (long) return { role: 'lon', system: SYSTEMS[long[1]] ?? 'UNKNOWN', ...rest };
  const lat = /^([A-Z])LAT$/.exec(name) ?? /^([A-Z]{2})LT$/.exec(name);
  if (lat) return { role: 'lat', system: SYSTEMS[lat[1]] ?? 'UNKNOWN', ...rest };
  return undefined;
}
