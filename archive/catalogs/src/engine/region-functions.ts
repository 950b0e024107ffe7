import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBType,
  DOUBLE,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import {
  boundingCircle,
  boxDeg,
  cross,
  DEGREE,
  dot,
  intersects,
  lonLatDeg,
  lonLatFromUnit,
  lonWidth,
  makeCircle,
  makeSimplePolygon,
  type Region,
  relate,
  separation,
  unitFromLonLat,
  type Vec3,
} from '@almagest/sphere';

/** Whether a statement calls one of the functions. */
export const REGION_FUNCTION: RegExp = /\balmagest_(?:contains|intersects|area|centroid|distance|coord[12])\(/;

/** A region as text: its kind, perhaps a frame and reference position that mean ICRS, numbers in degrees. */
const WORDS = /^\s*(POINT|POSITION|CIRCLE|BOX|POLYGON|RANGE)\s*((?:[A-Z][A-Z0-9]*\s+)*)([-+\d.eE\s,]*)$/i;
const ICRS = /^(?:(?:ICRS|FK5|J2000|UNKNOWNFRAME|BARYCENTER|GEOCENTER|TOPOCENTER|UNKNOWNREFPOS|SPHERICAL2)\s*)*$/i;
/** Regions that are kept as they were read: the constant one of a query, and those of a chunk. */
const KEPT = 5000;

interface KnownRegion {
  readonly region: Region;
  /** Set where the region is a single position. */
  readonly point: Vec3 | undefined;
}

/**
 * Makes the functions over regions known that ADQL has no plain arithmetic for: `almagest_contains`, `almagest_intersects`,
 * `almagest_area`, `almagest_centroid`, `almagest_distance`, `almagest_coord1` and `almagest_coord2`. Regions are texts such as
 * `POLYGON ICRS 1 2 3 4 5 6`; text that is none gives null.
 *
 * An edge in common counts as touching, and a region holds its own edge. @see ADQL 2.1, section 4.2
 */
export function registerRegions(connection: DuckDBConnection): void {
  const known = new Map<string, KnownRegion | undefined>();
  const read = (text: string): KnownRegion | undefined => {
    if (known.has(text)) return known.get(text);
    if (known.size >= KEPT) known.clear();
    const region = parseRegionText(text);
    known.set(text, region);
    return region;
  };
  const define = (
    name: string,
    count: number,
    returnType: DuckDBType,
    compute: (...regions: KnownRegion[]) => number | string | null,
  ): void => {
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name: `almagest_${name}`,
        parameterTypes: Array.from({ length: count }, () => VARCHAR),
        returnType,
        specialHandling: true,
        mainFunction(_info, input: DuckDBDataChunk, output) {
          const columns = Array.from({ length: count }, (_, i) => input.getColumnVector(i));
          for (let row = 0; row < input.rowCount; row++) {
            const regions = columns.map((column) => {
              const text = column.getItem(row);
              return typeof text === 'string' ? read(text) : undefined;
            });
            output.setItem(row, regions.every((region) => region !== undefined) ? compute(...regions) : null);
          }
          output.flush();
        },
      }),
    );
  };
  define('contains', 2, INTEGER, (inner, outer) => (relate(outer!.region, inner!.region).contains === 'no' ? 0 : 1));
  define('intersects', 2, INTEGER, (a, b) => (intersects(a!.region, b!.region) === 'no' ? 0 : 1));
  define('area', 1, DOUBLE, (a) => areaSquareDegrees(a!.region));
  define('distance', 2, DOUBLE, (a, b) => (a!.point && b!.point ? separation(a!.point, b!.point) / DEGREE : null));
  define('centroid', 1, VARCHAR, (a) => {
    const { lon, lat } = middleOf(a!);
    return `POINT ${lon / DEGREE} ${lat / DEGREE}`;
  });
  define('coord1', 1, DOUBLE, (a) => (a!.point ? middleOf(a!).lon / DEGREE : null));
  define('coord2', 1, DOUBLE, (a) => (a!.point ? middleOf(a!).lat / DEGREE : null));
}

function middleOf({ point, region }: KnownRegion): { readonly lon: number; readonly lat: number } {
  return lonLatFromUnit(point ?? boundingCircle(region).center);
}

/** @returns Undefined for text that is no simple region in ICRS. */
function parseRegionText(text: string): KnownRegion | undefined {
  const [, kind = '', context = '', rest = ''] = WORDS.exec(text) ?? [];
  if (kind === '' || !ICRS.test(context)) return undefined;
  const numbers = rest
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  if (!numbers.every(Number.isFinite)) return undefined;
  try {
    return regionOf(kind.toUpperCase(), numbers);
  } catch {
    return undefined;
  }
}

function regionOf(kind: string, numbers: readonly number[]): KnownRegion | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = numbers;
  const at = (lon: number, lat: number): Vec3 => unitFromLonLat(lonLatDeg(lon, lat));
  const shape = (region: Region): KnownRegion => ({ region, point: undefined });
  switch (kind) {
    case 'POINT':
    case 'POSITION':
      return numbers.length === 2 ? { region: makeCircle(at(a, b), 0), point: at(a, b) } : undefined;
    case 'CIRCLE':
      return numbers.length === 3 ? shape(makeCircle(at(a, b), c * DEGREE)) : undefined;
    case 'BOX':
      return numbers.length === 4 ? shape(boxDeg(a - c / 2, b - d / 2, a + c / 2, b + d / 2)) : undefined;
    case 'RANGE':
      return numbers.length === 4 ? shape(boxDeg(a, c, b, d)) : undefined;
    default:
      if (numbers.length < 6 || numbers.length % 2 === 1) return undefined;
      return shape(makeSimplePolygon(Array.from({ length: numbers.length / 2 }, (_, i) => at(numbers[2 * i]!, numbers[2 * i + 1]!))));
  }
}

/** Exact for circles, boxes and polygons, which are all that text gives. */
function areaSquareDegrees(region: Region): number | null {
  const steradians = ((): number => {
    if (region.kind === 'circle') return 4 * Math.PI * Math.sin(Math.min(Math.PI, region.radius) / 2) ** 2;
    if (region.kind === 'box') return lonWidth(region.lon) * (Math.sin(region.lat.b) - Math.sin(region.lat.a));
    if (region.kind === 'simple-polygon') return region.triangles.reduce((sum, { vertices }) => sum + triangleArea(vertices), 0);
    return Number.NaN;
  })();
  return Number.isNaN(steradians) ? null : steradians / DEGREE ** 2;
}

/** @see Van Oosterom and Strackee (1983), IEEE Trans. Biom. Eng. 30, 125 */
function triangleArea([a, b, c]: readonly Vec3[]): number {
  return 2 * Math.atan2(Math.abs(dot(a!, cross(b!, c!))), 1 + dot(a!, b!) + dot(b!, c!) + dot(c!, a!));
}
