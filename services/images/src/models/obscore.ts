import type { TapColumn, TapSchema, TapTable } from '@almagest/tap';
import { columnFromCells, makeTable, type Cell, type ColumnSpec, type Table } from '@almagest/table';
import { type ImageRecord, titleOf } from './image-record.ts';

/** Where addresses of an ObsCore row point, and who publishes it. */
export interface Publisher {
  /** Authority in identifiers, such as `org.example`. */
  readonly authority: string;
  readonly collection: string;
  /** Address at which the services are mounted, without a slash at its end. */
  readonly baseUrl: string;
}

/** Vacuum wavelengths that the usual bands reach from and to [m]. @see SDSS DR16 and Rubin filter curves at half maximum */
const BANDS: Readonly<Record<string, readonly [number, number]>> = {
  u: [3.4e-7, 4.0e-7],
  g: [4.0e-7, 5.5e-7],
  r: [5.5e-7, 6.9e-7],
  i: [6.9e-7, 8.2e-7],
  z: [8.2e-7, 9.2e-7],
  y: [9.2e-7, 1.06e-6],
  B: [3.9e-7, 4.9e-7],
  V: [5.0e-7, 5.9e-7],
  R: [5.7e-7, 7.2e-7],
  I: [7.3e-7, 8.8e-7],
};

interface ObsCoreColumn extends TapColumn {
  readonly value: (image: ImageRecord, publisher: Publisher) => Cell;
}

const column = (
  name: string,
  type: TapColumn['type'],
  [utype, ucd, unit]: readonly [string, string, string?],
  description: string,
  value: ObsCoreColumn['value'],
): ObsCoreColumn => ({
  name,
  type,
  utype: `obscore:${utype}`,
  ucd,
  ...(unit === undefined ? {} : { unit }),
  description,
  principal: true,
  std: true,
  value,
});

/** Marks text that geometry functions take as a region. @see TAP 1.0, section 2.3.5 */
export const REGION_XTYPE = 'adql:REGION';

export const publisherId = ({ authority }: Publisher, id: string): string => `ivo://${authority}/images?${id}`;

/** Columns with the names, units, UCDs and utypes of the standard. @see ObsCore 1.1, table 5 and appendix C */
const COLUMNS: readonly ObsCoreColumn[] = [
  column('dataproduct_type', 'VARCHAR', ['ObsDataset.dataProductType', 'meta.code.class'], 'Kind of data product', () => 'image'),
  column('dataproduct_subtype', 'VARCHAR', ['ObsDataset.dataProductSubtype', 'meta.code.class'], 'Dataset type', (i) => i.type),
  column('calib_level', 'INTEGER', ['ObsDataset.calibLevel', 'meta.code;obs.calib'], 'Calibration level, 0 to 4', (i) => i.calibLevel),
  column('obs_collection', 'VARCHAR', ['DataID.collection', 'meta.id'], 'Name of the data collection', (_i, p) => p.collection),
  column('obs_id', 'VARCHAR', ['DataID.observationID', 'meta.id'], 'Identifier of the observation', (i) => observationOf(i)),
  column('obs_title', 'VARCHAR', ['DataID.title', 'meta.title;obs'], 'What the image is, in one line', titleOf),
  column('obs_publisher_did', 'VARCHAR', ['Curation.publisherDID', 'meta.ref.ivoid'], 'Identifier of the image', (i, p) =>
    publisherId(p, i.id),
  ),
  column(
    'access_url',
    'VARCHAR',
    ['Access.reference', 'meta.ref.url'],
    'Links to the image and its services',
    (i, p) => `${p.baseUrl}/datalink/links?ID=${encodeURIComponent(publisherId(p, i.id))}`,
  ),
  column(
    'access_format',
    'VARCHAR',
    ['Access.format', 'meta.code.mime'],
    'Media type of access_url',
    () => 'application/x-votable+xml;content=datalink',
  ),
  column('access_estsize', 'BIGINT', ['Access.size', 'phys.size;meta.file', 'kbyte'], 'Size of the file', (i) =>
    BigInt(Math.ceil(i.bytes / 1000)),
  ),
  column('target_name', 'VARCHAR', ['Target.name', 'meta.id;src'], 'Target of the observation', (i) => i.target ?? null),
  column(
    's_ra',
    'DOUBLE',
    ['Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1', 'pos.eq.ra', 'deg'],
    'Middle of the image, right ascension (ICRS)',
    (i) => i.ra ?? null,
  ),
  column(
    's_dec',
    'DOUBLE',
    ['Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2', 'pos.eq.dec', 'deg'],
    'Middle of the image, declination (ICRS)',
    (i) => i.dec ?? null,
  ),
  column(
    's_fov',
    'DOUBLE',
    ['Char.SpatialAxis.Coverage.Bounds.Extent.diameter', 'phys.angSize;instr.fov', 'deg'],
    'Diameter of the circle about the image',
    (i) => i.fieldOfViewDeg ?? null,
  ),
  {
    ...column('s_region', 'VARCHAR', ['Char.SpatialAxis.Coverage.Support.Area', 'pos.outline;obs.field'], 'Footprint (ICRS)', regionOf),
    xtype: REGION_XTYPE,
  },
  column(
    's_resolution',
    'DOUBLE',
    ['Char.SpatialAxis.Resolution.Refval.value', 'pos.angResolution', 'arcsec'],
    'Resolution; null where the seeing is not recorded',
    () => null,
  ),
  column('s_xel1', 'BIGINT', ['Char.SpatialAxis.numBins1', 'meta.number'], 'Pixels along the first axis', (i) => BigInt(i.width)),
  column('s_xel2', 'BIGINT', ['Char.SpatialAxis.numBins2', 'meta.number'], 'Pixels along the second axis', (i) => BigInt(i.height)),
  column(
    's_pixel_scale',
    'DOUBLE',
    ['Char.SpatialAxis.Sampling.RefVal.SamplingPeriod', 'phys.angSize;instr.pixel', 'arcsec'],
    'Side of a pixel',
    (i) => i.pixelScaleArcsec ?? null,
  ),
  column(
    't_min',
    'DOUBLE',
    ['Char.TimeAxis.Coverage.Bounds.Limits.StartTime', 'time.start;obs.exposure', 'd'],
    'Begin of the exposure (MJD, TAI)',
    (i) => i.beginMjdTai ?? null,
  ),
  column(
    't_max',
    'DOUBLE',
    ['Char.TimeAxis.Coverage.Bounds.Limits.StopTime', 'time.end;obs.exposure', 'd'],
    'End of the exposure (MJD, TAI)',
    (i) => i.endMjdTai ?? null,
  ),
  column(
    't_exptime',
    'DOUBLE',
    ['Char.TimeAxis.Coverage.Support.Extent', 'time.duration;obs.exposure', 's'],
    'Exposure time',
    (i) => i.exposureSec ?? null,
  ),
  column(
    't_resolution',
    'DOUBLE',
    ['Char.TimeAxis.Resolution.Refval.value', 'time.resolution', 's'],
    'Time resolution: the exposure time',
    (i) => i.exposureSec ?? null,
  ),
  column('t_xel', 'BIGINT', ['Char.TimeAxis.numBins', 'meta.number'], 'Elements along the time axis', () => 1n),
  column(
    'em_min',
    'DOUBLE',
    ['Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit', 'em.wl;stat.min', 'm'],
    'Shortest wavelength',
    (i) => bandOf(i)?.[0] ?? null,
  ),
  column(
    'em_max',
    'DOUBLE',
    ['Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit', 'em.wl;stat.max', 'm'],
    'Longest wavelength',
    (i) => bandOf(i)?.[1] ?? null,
  ),
  column(
    'em_res_power',
    'DOUBLE',
    ['Char.SpectralAxis.Resolution.ResolPower.refVal', 'spect.resolution'],
    'Spectral resolving power',
    (i) => resolvingPower(bandOf(i)),
  ),
  column('em_xel', 'BIGINT', ['Char.SpectralAxis.numBins', 'meta.number'], 'Elements along the spectral axis', () => 1n),
  column('o_ucd', 'VARCHAR', ['Char.ObservableAxis.ucd', 'meta.ucd'], 'What a pixel holds', () => 'phot.flux.density'),
  column('pol_states', 'VARCHAR', ['Char.PolarizationAxis.stateList', 'meta.code;phys.polarization'], 'Polarization states', () => null),
  column('pol_xel', 'BIGINT', ['Char.PolarizationAxis.numBins', 'meta.number'], 'Elements along the polarization axis', () => 0n),
  column('facility_name', 'VARCHAR', ['Provenance.ObsConfig.Facility.name', 'meta.id;instr.tel'], 'Telescope', (i) => i.instrument ?? null),
  column('instrument_name', 'VARCHAR', ['Provenance.ObsConfig.Instrument.name', 'meta.id;instr'], 'Camera', (i) => i.instrument ?? null),
  {
    name: 'band',
    type: 'VARCHAR',
    ucd: 'instr.bandpass',
    description: 'Name of the band',
    principal: true,
    value: (i) => i.band ?? null,
  },
];

/** Values of ObsCore columns by name, for services that compare them without an engine. */
export const OBSCORE_VALUES: Readonly<Record<string, ObsCoreColumn['value']>> = Object.fromEntries(
  COLUMNS.map(({ name, value }) => [name, value]),
);

/** Name under which an engine holds the rows. */
export const OBSCORE_ENGINE_TABLE: string = 'almagest_obscore';

/** The schema that the standard asks for. */
export const OBSCORE_SCHEMA: TapSchema = { name: 'ivoa', description: 'Tables that the IVOA defines', utype: 'ivoa' };

/** `ivoa.ObsCore` as a TAP service publishes it, over {@link obsCoreRows} loaded under this name. */
export const OBSCORE_TABLE: TapTable = {
  schema: 'ivoa',
  name: 'ObsCore',
  description: 'Images with their place, time and band, in the ObsCore data model',
  utype: 'ivo://ivoa.net/std/ObsCore#core-1.1',
  sky: { ra: 's_ra', dec: 's_dec' },
  columns: COLUMNS.map(({ value: _value, ...plain }) => plain),
  sql: () => `"${OBSCORE_ENGINE_TABLE}"`,
};

const DATATYPES = { VARCHAR: 'string', INTEGER: 'int32', BIGINT: 'int64', DOUBLE: 'float64' } as const;

/** ObsCore rows of images, with the metadata that VOTable carries. */
export function obsCoreRows(images: readonly ImageRecord[], publisher: Publisher): Table {
  return makeTable(
    COLUMNS.map(({ value, ...meta }) => {
      const spec: ColumnSpec = {
        name: meta.name,
        datatype: DATATYPES[meta.type as keyof typeof DATATYPES],
        ...(meta.unit === undefined ? {} : { unit: meta.unit }),
        ...(meta.ucd === undefined ? {} : { ucd: meta.ucd }),
        ...(meta.utype === undefined ? {} : { utype: meta.utype }),
        ...(meta.xtype === undefined ? {} : { xtype: meta.xtype }),
        ...(meta.description === undefined ? {} : { description: meta.description }),
      };
      return columnFromCells(
        spec,
        images.map((image) => value(image, publisher)),
      );
    }),
    { name: 'ivoa.ObsCore' },
  );
}

function observationOf({ dataId, id }: ImageRecord): string {
  const value = dataId['visit'] ?? dataId['exposure'];
  if (value !== undefined) return String(value);
  return dataId['tract'] === undefined ? id : `${dataId['tract']}-${dataId['patch'] ?? ''}`;
}

/** From which wavelength to which a band reaches [m]. */
export function bandWavelengths(band: string): readonly [number, number] | undefined {
  return BANDS[band];
}

function bandOf({ band }: ImageRecord): readonly [number, number] | undefined {
  return band === undefined ? undefined : BANDS[band];
}

function resolvingPower(range: readonly [number, number] | undefined): number | null {
  return range ? (range[0] + range[1]) / 2 / (range[1] - range[0]) : null;
}

function regionOf({ footprint }: ImageRecord): string | null {
  if (footprint.length === 0) return null;
  return `POLYGON ICRS ${footprint.map(([ra, dec]) => `${ra.toFixed(7)} ${dec.toFixed(7)}`).join(' ')}`;
}
