import type { Exposure } from '@almagest/image';
import { booleanField, defineTask, input, numberField, output, prerequisite, stringField, type Task } from '@almagest/pipeline';
import { columnFromCells, findColumn, getColumn, makeTable, type Table } from '@almagest/table';
import { InjectionError } from '../errors.ts';
import { type InjectedSource, injectSources, type InjectionTruth } from './inject.ts';

const RAD = Math.PI / 180;

/**
 * Sources of a catalogue: id, ra, dec [deg], magnitude; for galaxies sersicIndex, radius [arcsec], axisRatio, positionAngle [deg] too.
 *
 * @param options.magnitudeColumn - Where the magnitudes are; default `magnitude`.
 * @throws {ColumnNotFoundError} if a column is missing.
 */
export function injectionSources(
  table: Table,
  { magnitudeColumn = 'magnitude' }: { readonly magnitudeColumn?: string } = {},
): InjectedSource[] {
  const numbers = (name: string): ArrayLike<number | bigint> => getColumn(table, name).data as ArrayLike<number | bigint>;
  const optional = (name: string): ArrayLike<number> | undefined => findColumn(table, name)?.data as ArrayLike<number> | undefined;
  const [id, ra, dec, magnitude] = ['id', 'ra', 'dec', magnitudeColumn].map(numbers);
  const [index, radius, axisRatio, angle] = ['sersicIndex', 'radius', 'axisRatio', 'positionAngle'].map(optional);
  return Array.from({ length: table.nrows }, (_, row) => {
    const radiusArcsec = radius?.[row] ?? 0;
    const shape = { index: index?.[row] ?? 1, radiusArcsec, axisRatio: axisRatio?.[row] ?? 1, positionAngle: (angle?.[row] ?? 0) * RAD };
    return {
      id: Number(id[row]),
      ra: Number(ra[row]) * RAD,
      dec: Number(dec[row]) * RAD,
      magnitude: Number(magnitude[row]),
      ...(radiusArcsec > 0 ? { shape } : {}),
    };
  });
}

/** What was injected as a table, angles in degrees. */
export function injectionTable(truth: readonly InjectionTruth[]): Table {
  const real = (
    name: string,
    unit: string,
    description: string,
    cell: (row: InjectionTruth) => number,
  ): ReturnType<typeof columnFromCells> =>
    columnFromCells({ name, datatype: 'float64', ...(unit === '' ? {} : { unit }), description }, truth.map(cell));
  return makeTable(
    [
      columnFromCells(
        { name: 'id', datatype: 'int64', description: 'identifier in the catalogue' },
        truth.map((row) => BigInt(row.id)),
      ),
      real('ra', 'deg', 'ICRS right ascension', (row) => row.ra / RAD),
      real('dec', 'deg', 'ICRS declination', (row) => row.dec / RAD),
      real('x', 'pixel', 'column', (row) => row.x),
      real('y', 'pixel', 'row', (row) => row.y),
      real('magnitude', 'mag', 'AB magnitude', (row) => row.magnitude),
      real('counts', 'count', 'flux in units of the image', (row) => row.counts),
      real('drawnFraction', '', 'part of it that fell on the image', (row) => row.drawnFraction),
      columnFromCells(
        { name: 'skipped', datatype: 'string', description: 'why nothing was drawn; empty where it was' },
        truth.map((row) => row.skipped ?? ''),
      ),
    ],
    { description: 'injected sources' },
  );
}

const VISIT_DETECTOR = ['instrument', 'visit', 'detector'];

/** Puts the sources of a catalogue into calibrated exposures, and keeps what was put where as a dataset. */
export const injectionTask: Task = defineTask({
  name: 'inject',
  doc: 'Injects the sources of a catalogue into a calibrated exposure.',
  dimensions: VISIT_DETECTOR,
  config: {
    seed: stringField({ doc: 'Same seed, catalogue and exposure: same bits.', default: 'injection' }),
    photonNoise: booleanField({ doc: "Whether the sources' own photon noise is drawn.", default: true }),
    electronsPerCount: numberField({ doc: 'Electrons for each count of the image.', default: 1, min: 0 }),
    magnitudeColumn: stringField({ doc: 'Column of the magnitudes; {band} stands for the band of the exposure.', default: 'magnitude' }),
  },
  connections: {
    exposure: input<Exposure>({ name: 'calexp', storageClass: 'ExposureF', dimensions: VISIT_DETECTOR, doc: 'Calibrated exposure.' }),
    catalogue: prerequisite<Table>({
      name: 'injectionCatalogue',
      storageClass: 'ArrowTable',
      dimensions: ['instrument'],
      doc: 'Sources to inject: id, ra, dec [deg], magnitude, and shapes of galaxies.',
    }),
    injected: output<Exposure>({
      name: 'injectedCalexp',
      storageClass: 'ExposureF',
      dimensions: VISIT_DETECTOR,
      doc: 'The exposure with the sources, and mask planes INJECTED and INJECTED_CORE.',
    }),
    truth: output<Table>({
      name: 'injectedTruth',
      storageClass: 'ArrowTable',
      dimensions: VISIT_DETECTOR,
      doc: 'What was injected where.',
    }),
  },
  run: ({ exposure, catalogue }, config, context) => {
    const band = exposure.filter?.band ?? '';
    const magnitudeColumn = config.magnitudeColumn.replaceAll('{band}', band);
    const sources = injectionSources(catalogue, { magnitudeColumn });
    if (sources.length === 0) throw new InjectionError('the catalogue of sources to inject is empty', { details: { row: -1 } });
    const { exposure: injected, truth } = injectSources(exposure, sources, config);
    const drawn = truth.filter(({ skipped }) => skipped === null).length;
    context.metadata.metric('injected', drawn, 'source');
    return { injected, truth: injectionTable(truth) };
  },
});
