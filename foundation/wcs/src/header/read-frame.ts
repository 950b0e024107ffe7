import type { CelestialFrame, CelestialSystem } from '../celestial/frames.ts';
import type { CelestialAxes } from './axes.ts';
import { type HeaderLike, readString } from './header-like.ts';

/**
 * Frame of a celestial WCS from CTYPE, RADESYS and EQUINOX, with the standard's defaults.
 *
 * @see Calabretta and Greisen (2002), section 3.1.
 */
export function readFrame(header: HeaderLike, axes: CelestialAxes, alternate: string): CelestialFrame {
  const equinox = readEquinox(header, alternate);
  const radesys = (readString(header, `RADESYS${alternate}`) ?? readString(header, 'RADECSYS') ?? '').trim().toUpperCase();
  if (axes.system === 'EQUATORIAL') {
    const system = equatorialSystem(radesys, equinox);
    if (system === 'ICRS' || system === 'UNKNOWN') return { system };
    return { system, equinox: equinox ?? (system === 'FK5' ? 2000 : 1950) };
  }
  if (axes.system === 'ECLIPTIC') return { system: 'ECLIPTIC', equinox: equinox ?? 2000 };
  return { system: axes.system };
}

function equatorialSystem(radesys: string, equinox: number | undefined): CelestialSystem {
  if (radesys === 'ICRS' || radesys === 'FK5' || radesys === 'FK4' || radesys === 'FK4-NO-E') return radesys;
  if (radesys === 'GAPPT') return 'UNKNOWN';
  if (equinox === undefined) return 'ICRS';
  return equinox < 1984 ? 'FK4' : 'FK5';
}

function readEquinox(header: HeaderLike, alternate: string): number | undefined {
  for (const keyword of [`EQUINOX${alternate}`, 'EPOCH']) {
    const value = header.get(keyword);
    if (typeof value === 'number' && value > 0) return value;
    if (typeof value === 'bigint' && value > 0n) return Number(value);
    if (typeof value === 'string') {
      const year = Number(/^\s*[BJ]?(\d+(?:\.\d*)?)/.exec(value)?.[1]);
      if (year > 0) return year;
    }
  }
  return undefined;
}
