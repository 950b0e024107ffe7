import { createWcs } from '../model/create-wcs.ts';
import type { WcsDefinition } from '../model/definition.ts';
import type { SkyWcs } from '../model/sky-wcs.ts';
import { DEG } from '../projection/projection.ts';
import { type CelestialAxes, findCelestialAxes } from './axes.ts';
import { type HeaderLike, readNumber } from './header-like.ts';
import { type FindTable, readIraf, readLookups, readPv, readSip, readTpv } from './read-distortion.ts';
import { readPlateSolution } from './read-plate-solution.ts';
import { readFrame } from './read-frame.ts';
import { type LinearPart, readLinear } from './read-linear.ts';

export interface ReadWcsOptions {
  /** Letter of an alternate WCS, A to Z; the primary one when absent. */
  readonly alternate?: string;
  /** Supplies the images of distortion extensions; needed only for headers with CPDIS or D2IMDIS. */
  readonly findTable?: FindTable;
}

/**
 * Reads the celestial WCS of a FITS header.
 *
 * Axes beyond the celestial pair are left aside; the pair may stand on any two axes, in either order.
 *
 * @param header - Cards of the image's HDU. Not modified.
 * @throws {NoCelestialWcsError} when CTYPE names no celestial pair.
 * @throws {BadWcsCardError} {@link UnsupportedProjectionError} {@link SingularWcsError} {@link NoNativePoleError}
 * {@link MissingDistortionTableError} when a card is impossible.
 * @remarks Agrees with wcslib to 1e-9 degree: `test/golden`.
 */
export function readWcs(header: HeaderLike, options: ReadWcsOptions = {}): SkyWcs {
  return createWcs(readWcsDefinition(header, options));
}

/** Reads the parts of a WCS as plain data; see {@link readWcs}. */
export function readWcsDefinition(header: HeaderLike, { alternate = '', findTable }: ReadWcsOptions = {}): WcsDefinition {
  const axes = findCelestialAxes(header, alternate);
  const primary = alternate === '';
  const plate = primary && axes.code === 'TAN' ? readPlateSolution(header) : undefined;
  if (plate) return { ...readSize(header, axes), ...plate, frame: readFrame(header, axes, alternate) };
  const linear = readLinear(header, axes, alternate);
  if (axes.code === '') return { ...readSize(header, axes), ...linearAxes(linear), frame: readFrame(header, axes, alternate) };
  const sip = primary && (axes.suffix === 'SIP' || axes.suffix === '') ? readSip(header) : undefined;
  // SCAMP left its coefficients beside those of SIP; astropy and this reader take SIP alone.
  const ignored: (number | null)[] | undefined = sip && axes.code === 'TAN' ? [] : undefined;
  const lonPv = ignored ?? readPv(header, axes.lon, alternate);
  const latPv = ignored ?? readPv(header, axes.lat, alternate);
  const det2im = primary ? readLookups(header, 'D2IMDIS', axes, findTable) : undefined;
  const lookup = primary ? readLookups(header, 'CPDIS', axes, findTable) : undefined;
  return {
    ...readSize(header, axes),
    ...(det2im ? { det2im } : {}),
    ...(lookup ? { lookup } : {}),
    ...(sip ? { sip } : {}),
    crpix: linear.crpix,
    cd: linear.cd,
    ...projectionParts({ header, axes, alternate, lonPv, latPv, crval: linear.crval, hasSip: sip !== undefined }),
    crval: linear.crval,
    frame: readFrame(header, axes, alternate),
  };
}

/**
 * Axes without a projection are linear in longitude and latitude: a plate carree about a point of the equator.
 *
 * @see Greisen and Calabretta (2002), A&A 395, 1061 (Paper I), section 2.1.
 */
function linearAxes({ crpix, cd, crval }: LinearPart): Pick<WcsDefinition, 'crpix' | 'cd' | 'projection' | 'crval'> {
  const [a, b, c, d] = cd;
  const determinant = a * d - b * c;
  const [x, y] = crpix;
  return {
    crpix: [x + (b * crval[1]) / determinant, y - (a * crval[1]) / determinant],
    cd,
    projection: 'LIN',
    crval: [crval[0], 0],
  };
}

function readSize(header: HeaderLike, axes: CelestialAxes): Pick<WcsDefinition, 'size'> {
  const [width, height] = axes.pixel.map((axis) => readNumber(header, `ZNAXIS${axis}`) ?? readNumber(header, `NAXIS${axis}`));
  return width !== undefined && height !== undefined ? { size: [width, height] } : {};
}

interface ProjectionCards {
  readonly header: HeaderLike;
  readonly axes: CelestialAxes;
  readonly alternate: string;
  readonly lonPv: readonly (number | null)[];
  readonly latPv: readonly (number | null)[];
  readonly crval: readonly [number, number];
  readonly hasSip: boolean;
}

type ProjectionParts = Pick<WcsDefinition, 'projection' | 'parameters' | 'tpv' | 'iraf' | 'lonpole' | 'latpole' | 'fiducial'>;

/** Projection with its parameters and its plane distortion, with old names translated. */
function projectionParts(cards: ProjectionCards): ProjectionParts {
  const { header, axes, alternate, lonPv, latPv, crval, hasSip } = cards;
  const { code } = axes;
  const poles = readPoles(header, alternate, lonPv);
  // SCAMP wrote TPV under the name TAN; the coefficients tell it apart, for TAN has no parameters.
  if (code === 'TPV' || (code === 'TAN' && !hasSip && (latPv.length > 0 || lonPv.length > 5))) {
    const scamp = {
      ...(poles.latpole === undefined ? {} : { latpole: poles.latpole }),
      ...(poles.ownLonpole === undefined ? {} : { lonpole: poles.ownLonpole }),
    };
    return { projection: 'TAN', tpv: readTpv(header, axes, alternate), ...scamp };
  }
  const common = {
    ...(poles.lonpole === undefined ? {} : { lonpole: poles.lonpole }),
    ...(poles.latpole === undefined ? {} : { latpole: poles.latpole }),
    ...fiducialOf(lonPv),
  };
  if (code === 'TNX' || code === 'ZPX') {
    const { distortion, projp } = readIraf(header, axes);
    const zpx = code === 'ZPX' ? { projection: 'ZPN', parameters: projp.length > 0 ? projp : [null, 1] } : { projection: 'TAN' };
    return { ...zpx, iraf: distortion, ...common };
  }
  if (code === 'NCP') return { projection: 'SIN', parameters: [null, 0, 1 / Math.tan(crval[1] * DEG)], ...common };
  // AIPS put the reference point of GLS on its own parallel; SFL with a moved fiducial point is the same map.
  if (code === 'GLS') return { projection: 'SFL', ...common, fiducial: { phi0: 0, theta0: crval[1], offset: true } };
  return { projection: code, ...(latPv.length > 0 && code !== 'TAN' ? { parameters: latPv } : {}), ...common };
}

function fiducialOf(pv: readonly (number | null)[]): Pick<WcsDefinition, 'fiducial'> | undefined {
  const phi0 = pv[1] ?? undefined;
  const theta0 = pv[2] ?? undefined;
  if (phi0 === undefined || theta0 === undefined) return undefined;
  return { fiducial: { phi0, theta0, offset: (pv[0] ?? 0) !== 0 } };
}

/** LONPOLE and LATPOLE; PVi_3 and PVi_4 of the longitude axis take precedence (Paper II, section 2.5). */
function readPoles(
  header: HeaderLike,
  alternate: string,
  lonPv: readonly (number | null)[],
): { lonpole: number | undefined; latpole: number | undefined; ownLonpole: number | undefined } {
  const ownLonpole = readNumber(header, `LONPOLE${alternate}`);
  const latpole = lonPv[4] ?? readNumber(header, `LATPOLE${alternate}`);
  return { lonpole: lonPv[3] ?? ownLonpole, latpole, ownLonpole };
}
