import { type DaliParameters, parameterError, parseInterval } from '@almagest/dali';
import { boxDeg, convexHull, DEGREE, intersects, makeCircle, makeSimplePolygon, type Region } from '@almagest/sphere';
import type { ImageRecord } from '../models/image-record.ts';
import { OBSCORE_VALUES, type Publisher } from '../models/obscore.ts';
import { parseShape, type SkyShape, unit } from '../models/sky-shape.ts';

type Test = (image: ImageRecord) => boolean;

/** Parameters that compare an interval with a column, or with a pair of columns that span one. @see SIA 2.0, section 2.1 */
const INTERVALS: Readonly<Record<string, readonly [low: string, high: string]>> = {
  BAND: ['em_min', 'em_max'],
  TIME: ['t_min', 't_max'],
  FOV: ['s_fov', 's_fov'],
  SPATRES: ['s_resolution', 's_resolution'],
  SPECRP: ['em_res_power', 'em_res_power'],
  EXPTIME: ['t_exptime', 't_exptime'],
  TIMERES: ['t_resolution', 't_resolution'],
};
const EQUALS: Readonly<Record<string, string>> = {
  ID: 'obs_publisher_did',
  COLLECTION: 'obs_collection',
  FACILITY: 'facility_name',
  INSTRUMENT: 'instrument_name',
  DPTYPE: 'dataproduct_type',
  CALIB: 'calib_level',
  TARGET: 'target_name',
  FORMAT: 'access_format',
  POL: 'pol_states',
};

/**
 * Keeps the images that satisfy every parameter; several values of one parameter are alternatives.
 *
 * @throws {DaliParameterError}
 */
export function findImages(images: readonly ImageRecord[], parameters: DaliParameters, publisher: Publisher): readonly ImageRecord[] {
  const tests: Test[] = [];
  const either = (alternatives: readonly Test[]): void => {
    if (alternatives.length > 0) tests.push((image) => alternatives.some((test) => test(image)));
  };
  const valueOf = (image: ImageRecord, column: string): unknown => OBSCORE_VALUES[column]?.(image, publisher);
  either(parameters.all('POS').map((text) => touches(parseShape(text, 'POS'))));
  for (const [name, [low, high]] of Object.entries(INTERVALS))
    either(
      parameters.all(name).map((text) => {
        const [from, to] = parseInterval(text, name);
        return (image) => {
          const [a, b] = [valueOf(image, low), valueOf(image, high)];
          return typeof a === 'number' && typeof b === 'number' && a <= to && b >= from;
        };
      }),
    );
  for (const [name, column] of Object.entries(EQUALS))
    either(
      parameters.all(name).map((text) => {
        if (name === 'CALIB' && !/^[0-4]$/.test(text.trim()))
          throw parameterError(name, `must be 0 to 4; found ${JSON.stringify(text.slice(0, 40))}`);
        return (image) => textOf(valueOf(image, column)) === text.trim();
      }),
    );
  return images.filter((image) => tests.every((test) => test(image)));
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function touches(shape: SkyShape): Test {
  const region = regionOf(shape);
  return ({ footprint }) => footprint.length > 0 && intersects(convexHull(footprint.map(([ra, dec]) => unit(ra, dec))), region) !== 'no';
}

/** The shape as a region of the sphere. @throws {DaliParameterError} if a polygon crosses itself. */
function regionOf(shape: SkyShape): Region {
  if (shape.kind === 'circle') return makeCircle(unit(shape.ra, shape.dec), shape.radius * DEGREE);
  if (shape.kind === 'range') return boxDeg(shape.lon[0], shape.lat[0], shape.lon[1], shape.lat[1]);
  const vertices = shape.points.map(([ra, dec]) => unit(ra, dec));
  for (const order of [vertices, vertices.toReversed()])
    try {
      return makeSimplePolygon(order);
    } catch {
      continue;
    }
  throw parameterError('POLYGON', 'must not cross itself and must fit in a hemisphere');
}
