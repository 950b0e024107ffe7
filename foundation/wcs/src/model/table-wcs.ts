import type { CelestialFrame } from '../celestial/frames.ts';
import { DEG } from '../projection/projection.ts';
import { invert } from './create-wcs.ts';
import type { PixelPoint, SkyPoint, SkyWcs } from './sky-wcs.ts';

const MAX_STEPS = 60;
/** Miss that counts as solved [deg]. */
const TOLERANCE = 1e-9;

/** The parts of a WCS whose sky is looked up in a table (`RA---TAB`). */
export interface TableWcsParts {
  /** Zero-based. */
  readonly crpix: readonly [number, number];
  /** Coordinates of the table's axes at the reference pixel. */
  readonly crval: readonly [number, number];
  /** By rows: the axis of longitude, that of latitude; per pixel. */
  readonly cd: readonly [number, number, number, number];
  /** Longitude and latitude at the nodes [deg]: `[j * width + i]`, with i along the axis of longitude. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly width: number;
  readonly height: number;
  /** Coordinates of the nodes of each axis, monotonic; without them nodes lie at 1, 2, 3 ... */
  readonly index: readonly [Float64Array | undefined, Float64Array | undefined];
  readonly frame: CelestialFrame;
}

/**
 * A WCS that interpolates linearly between the nodes of a table, up to half a cell beyond its edge; elsewhere there is no sky.
 *
 * @see Greisen, Calabretta, Valdes and Allen (2006), A&A 446, 747 (Paper III), section 6.
 */
export class TableWcs implements SkyWcs {
  readonly definition = undefined;
  readonly #parts: TableWcsParts;
  readonly #inverse: readonly [number, number, number, number];
  /** Node coordinates of the last position that was found, where the next search begins. */
  #start: readonly [number, number] = [0, 0];

  /** @throws {SingularWcsError} */
  constructor(parts: TableWcsParts) {
    this.#parts = parts;
    this.#inverse = invert(parts.cd);
  }

  get frame(): CelestialFrame {
    return this.#parts.frame;
  }

  pixelToSky(x: number, y: number): SkyPoint {
    const { crpix, crval, cd, index, width, height } = this.#parts;
    const [u, v] = [x - crpix[0], y - crpix[1]];
    const s = nodeOf(crval[0] + cd[0] * u + cd[1] * v, index[0], width);
    const t = nodeOf(crval[1] + cd[2] * u + cd[3] * v, index[1], height);
    const { lon, lat } = this.#at(s, t);
    const turned = lon % 360;
    return { ra: (turned < 0 ? turned + 360 : turned) * DEG, dec: lat * DEG };
  }

  skyToPixel(ra: number, dec: number): PixelPoint {
    const { crpix, crval, index, width, height } = this.#parts;
    const found = this.#solve(ra / DEG, dec / DEG);
    if (found === undefined) return { x: Number.NaN, y: Number.NaN };
    const u = coordinateOf(found[0], index[0], width) - crval[0];
    const v = coordinateOf(found[1], index[1], height) - crval[1];
    const k = this.#inverse;
    return { x: crpix[0] + k[0] * u + k[1] * v, y: crpix[1] + k[2] * u + k[3] * v };
  }

  pixelToSkyArray(x: Float64Array, y: Float64Array, ra: Float64Array, dec: Float64Array): void {
    for (let i = 0; i < x.length; i++) ({ ra: ra[i], dec: dec[i] } = this.pixelToSky(x[i], y[i]));
  }

  skyToPixelArray(ra: Float64Array, dec: Float64Array, x: Float64Array, y: Float64Array): void {
    for (let i = 0; i < ra.length; i++) ({ x: x[i], y: y[i] } = this.skyToPixel(ra[i], dec[i]));
  }

  /** Value and slopes at node coordinates; NaN outside. */
  #at(s: number, t: number): { lon: number; lat: number; slopes: readonly [number, number, number, number] } {
    const { lon, lat, width, height } = this.#parts;
    const [i, j] = [cellOf(s, width), cellOf(t, height)];
    const [f, g] = [s - i, t - j];
    const corner = j * width + i;
    const [right, up] = [width > 1 ? 1 : 0, height > 1 ? width : 0];
    const slope = (values: Float64Array): readonly [number, number, number] => {
      const [a, b, c, d] = [values[corner], values[corner + right], values[corner + up], values[corner + up + right]];
      return [a + f * (b - a) + g * (c - a) + f * g * (a - b - c + d), b - a + g * (a - b - c + d), c - a + f * (a - b - c + d)];
    };
    const [value, alongS, alongT] = slope(lon);
    const [value2, alongS2, alongT2] = slope(lat);
    return { lon: value, lat: value2, slopes: [alongS, alongT, alongS2, alongT2] };
  }

  /** Node coordinates of a position [deg], by Newton steps from the last one, then from the nearest node. */
  #solve(lon: number, lat: number): readonly [number, number] | undefined {
    const found = this.#newton(lon, lat, this.#start) ?? this.#newton(lon, lat, this.#nearest(lon, lat));
    if (found !== undefined) this.#start = found;
    return found;
  }

  #newton(lon: number, lat: number, start: readonly [number, number]): readonly [number, number] | undefined {
    const { width, height } = this.#parts;
    let [s, t] = start;
    for (let step = 0; step < MAX_STEPS; step++) {
      const here = this.#at(s, t);
      const [a, b, c, d] = here.slopes;
      const [missLon, missLat] = [turnOf(lon - here.lon), lat - here.lat];
      const determinant = a * d - b * c;
      const [ds, dt] = [(d * missLon - b * missLat) / determinant, (a * missLat - c * missLon) / determinant];
      if (!Number.isFinite(ds + dt)) return undefined;
      const inside = s >= -0.5 && s <= width - 0.5 && t >= -0.5 && t <= height - 0.5;
      // One more step then reaches rounding.
      if (inside && Math.abs(missLon) < TOLERANCE && Math.abs(missLat) < TOLERANCE) return [s + ds, t + dt];
      // At most two cells a step, and never far outside, where the table says nothing.
      s = Math.max(-1, Math.min(width, s + Math.max(-2, Math.min(2, ds))));
      t = Math.max(-1, Math.min(height, t + Math.max(-2, Math.min(2, dt))));
    }
    return undefined;
  }

  #nearest(lon: number, lat: number): readonly [number, number] {
    const { lon: lons, lat: lats, width } = this.#parts;
    const shrink = Math.cos(lat * DEG);
    let best = Number.POSITIVE_INFINITY;
    let node = 0;
    for (let k = 0; k < lons.length; k++) {
      const miss = Math.hypot(turnOf(lon - lons[k]) * shrink, lat - lats[k]);
      if (miss < best) [best, node] = [miss, k];
    }
    return [node % width, Math.floor(node / width)];
  }
}

/** A difference of longitudes [deg] the short way. */
function turnOf(difference: number): number {
  return difference - 360 * Math.round(difference / 360);
}

function cellOf(node: number, count: number): number {
  return Math.max(0, Math.min(count - 2, Math.floor(node)));
}

/** Zero-based place among the nodes of a coordinate; NaN more than half a cell outside. */
function nodeOf(coordinate: number, index: Float64Array | undefined, count: number): number {
  let node = coordinate - 1;
  if (index !== undefined && count > 1) {
    const rising = index[count - 1] >= index[0];
    let [low, high] = [0, count - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (coordinate < index[middle] === rising) high = middle;
      else low = middle;
    }
    node = low + (coordinate - index[low]) / (index[high] - index[low]);
  } else if (index !== undefined) node = coordinate - index[0];
  return node >= -0.5 && node <= count - 0.5 ? node : Number.NaN;
}

/** Coordinate of a place among the nodes. */
function coordinateOf(node: number, index: Float64Array | undefined, count: number): number {
  if (index === undefined) return node + 1;
  if (count === 1) return node + index[0];
  const cell = cellOf(node, count);
  return index[cell] + (node - cell) * (index[cell + 1] - index[cell]);
}
