import type { Camera, Detector } from '@almagest/instrument';
import { columnFromCells, type ColumnSpec, makeTable, type Table } from '@almagest/table';
import { mjdFromTaiNs } from '@almagest/time';
import type { DetectorSignature } from '../detector/signature.ts';
import type { ExposurePlan } from '../observation/exposure-plan.ts';
import type { SimulatedExposure } from '../observation/simulate-exposure.ts';
import { BANDS } from '../sky/bands.ts';
import type { SkyModel } from '../sky/sky-model.ts';

const DEG = 180 / Math.PI;
const MAS = DEG * 3_600_000;

type CellOf<R> = (row: R) => number | bigint | boolean | string | null | undefined;

/** A column: its specification and how a row fills it. */
type ColumnOf<R> = readonly [name: string, datatype: ColumnSpec['datatype'], unit: string, description: string, cell: CellOf<R>];

function tableOf<R>(rows: readonly R[], columns: readonly ColumnOf<R>[], description: string): Table {
  return makeTable(
    columns.map(([name, datatype, unit, about, cell]) =>
      columnFromCells(
        { name, datatype, ...(unit === '' ? {} : { unit }), description: about },
        rows.map((row) => cell(row) ?? null),
      ),
    ),
    { description },
  );
}

/** Everything on the sky, at the reference epoch. */
export function objectTable(sky: SkyModel): Table {
  return tableOf(
    sky.sources,
    [
      ['id', 'int64', '', 'identifier', (s) => BigInt(s.id)],
      ['kind', 'string', '', 'star, galaxy, variable, agn, transient', (s) => s.kind],
      ['ra', 'float64', 'deg', 'ICRS right ascension', (s) => s.ra * DEG],
      ['dec', 'float64', 'deg', 'ICRS declination', (s) => s.dec * DEG],
      ['pmRa', 'float64', 'mas/yr', 'proper motion in right ascension times cos(dec)', (s) => s.pmRa * MAS],
      ['pmDec', 'float64', 'mas/yr', 'proper motion in declination', (s) => s.pmDec * MAS],
      ...BANDS.map(
        (band) =>
          [
            `${band}Mag`,
            'float64',
            'mag',
            `mean AB magnitude in ${band}; at maximum for a transient`,
            (s: SkyModel['sources'][number]) => s.mags[band],
          ] as const,
      ),
      ['sersicIndex', 'float64', '', 'Sersic index', (s) => s.shape?.index],
      ['radius', 'float64', 'arcsec', 'half-light semi-major axis', (s) => s.shape?.radiusArcsec],
      ['axisRatio', 'float64', '', 'minor over major axis', (s) => s.shape?.axisRatio],
      ['positionAngle', 'float64', 'deg', 'of the major axis, east of north', (s) => s.shape && s.shape.positionAngle * DEG],
      ['variableClass', 'string', '', 'class of variability', (s) => s.variability?.class],
      ['period', 'float64', 'd', 'period; damping time for agn', (s) => s.variability?.periodDays],
      ['amplitude', 'float64', 'mag', 'peak to peak in r; structure function for agn', (s) => s.variability?.amplitudeMag],
      ['phase', 'float64', '', 'phase at MJD 60000 TAI', (s) => s.variability?.phase],
      ['hostId', 'int64', '', 'galaxy that hosts a transient', (s) => s.outburst && BigInt(s.outburst.hostId)],
      ['redshift', 'float64', '', 'of a transient', (s) => s.outburst?.redshift],
      ['peakMjdTai', 'float64', 'd', 'time of maximum in r', (s) => s.outburst?.peakMjd],
      ['peakMag', 'float64', 'mag', 'AB magnitude at maximum in r', (s) => s.outburst?.peakMag],
      ['stretch', 'float64', '', 'of the light curve', (s) => s.outburst?.stretch],
    ],
    'True objects of the simulated sky.',
  );
}

/** Asteroids: state about the Sun, ecliptic J2000. */
export function orbitTable(sky: SkyModel): Table {
  const axis =
    (which: 'position' | 'velocity', k: 0 | 1 | 2): CellOf<SkyModel['orbits'][number]> =>
    (o) =>
      o[which][k];
  return tableOf(
    sky.orbits,
    [
      ['id', 'int64', '', 'identifier', (o) => BigInt(o.id)],
      ['epochMjdTdb', 'float64', 'd', 'epoch of the state', (o) => o.epochMjdTdb],
      ['x', 'float64', 'au', 'heliocentric, ecliptic J2000', axis('position', 0)],
      ['y', 'float64', 'au', 'heliocentric, ecliptic J2000', axis('position', 1)],
      ['z', 'float64', 'au', 'heliocentric, ecliptic J2000', axis('position', 2)],
      ['vx', 'float64', 'au/d', 'velocity', axis('velocity', 0)],
      ['vy', 'float64', 'au/d', 'velocity', axis('velocity', 1)],
      ['vz', 'float64', 'au/d', 'velocity', axis('velocity', 2)],
      ['H', 'float64', 'mag', 'absolute magnitude in V', (o) => o.H],
      ['G', 'float64', '', 'slope', (o) => o.G],
    ],
    'True orbits of the simulated asteroids.',
  );
}

/** All exposures with their true pointing and conditions. */
export function exposureTable(plans: readonly ExposurePlan[]): Table {
  return tableOf(
    plans,
    [
      ['exposureId', 'int64', '', 'identifier', (p) => BigInt(p.exposureId)],
      ['dayObs', 'int32', '', 'observing day', (p) => p.dayObs],
      ['sequence', 'int32', '', 'counter in the day', (p) => p.sequence],
      ['type', 'string', '', 'bias, dark, flat, twilight, science', (p) => p.type],
      ['band', 'string', '', 'band', (p) => p.band],
      ['beginMjdTai', 'float64', 'd', 'begin', (p) => mjdFromTaiNs(p.beginTaiNs, 'tai')],
      ['exposureSec', 'float64', 's', 'shutter open', (p) => p.exposureSec],
      ['level', 'float64', 'electron', 'light of a flat', (p) => p.level],
      ['ra', 'float64', 'deg', 'true boresight', (p) => p.sky && p.pointing.ra * DEG],
      ['dec', 'float64', 'deg', 'true boresight', (p) => p.sky && p.pointing.dec * DEG],
      ['rotation', 'float64', 'deg', 'true position angle of +y', (p) => p.sky && p.pointing.rotation * DEG],
      ['airmass', 'float64', '', 'in the middle', (p) => p.sky?.airmass],
      ['parallactic', 'float64', 'deg', 'parallactic angle', (p) => p.sky && p.sky.parallactic * DEG],
      ['seeing', 'float64', 'arcsec', 'atmospheric FWHM', (p) => p.sky?.seeingArcsec],
      ['fwhmPixels', 'float64', 'pixel', 'FWHM on the axis, optics included', (p) => p.sky?.psf.fwhmPixels],
      ['cloud', 'float64', 'mag', 'extinction by clouds', (p) => p.sky?.cloudMag],
      ['skyMag', 'float64', 'mag/arcsec**2', 'sky brightness', (p) => p.sky?.skyMag],
    ],
    'True circumstances of the exposures.',
  );
}

/** The part of a signature that the tables hold. */
export type PlantedSignature = Pick<DetectorSignature, 'amplifiers' | 'defects' | 'crosstalk'>;

interface SourceRow {
  readonly exposure: SimulatedExposure;
  readonly row: SimulatedExposure['drawn'][number];
}

/** Every source that was drawn in one detector of one exposure. */
export function sourceTable(exposures: readonly SimulatedExposure[]): Table {
  const rows: SourceRow[] = exposures.flatMap((exposure) => exposure.drawn.map((row) => ({ exposure, row })));
  return tableOf(
    rows,
    [
      ['exposureId', 'int64', '', 'exposure', (r) => BigInt(r.exposure.plan.exposureId)],
      ['detector', 'int32', '', 'detector', (r) => r.exposure.detector.id],
      ['id', 'int64', '', 'object or orbit', (r) => BigInt(r.row.source.id)],
      ['kind', 'string', '', 'kind of source', (r) => r.row.source.kind],
      ['ra', 'float64', 'deg', 'ICRS position in the middle of the exposure', (r) => r.row.source.ra * DEG],
      ['dec', 'float64', 'deg', 'ICRS position in the middle of the exposure', (r) => r.row.source.dec * DEG],
      ['x', 'float64', 'pixel', 'on the assembled detector, refraction included', (r) => r.row.x],
      ['y', 'float64', 'pixel', 'on the assembled detector, refraction included', (r) => r.row.y],
      ['mag', 'float64', 'mag', 'AB magnitude in the band, above the atmosphere', (r) => r.row.source.mag],
      ['flux', 'float64', 'electron', 'before the response of the detector', (r) => r.row.flux],
      ['drawnFraction', 'float64', '', 'part of the flux that fell on the detector', (r) => r.row.drawnFlux / r.row.flux],
    ],
    'True sources in each exposure.',
  );
}

/** Pixels that cosmic rays hit. */
export function cosmicRayTable(exposures: readonly SimulatedExposure[]): Table {
  const rows = exposures.flatMap((exposure) =>
    Array.from(exposure.cosmicRays.indices, (index, k) => ({ exposure, index, electrons: exposure.cosmicRays.electrons[k] })),
  );
  return tableOf(
    rows,
    [
      ['exposureId', 'int64', '', 'exposure', (r) => BigInt(r.exposure.plan.exposureId)],
      ['detector', 'int32', '', 'detector', (r) => r.exposure.detector.id],
      ['x', 'int32', 'pixel', 'column', (r) => r.index % r.exposure.detector.width],
      ['y', 'int32', 'pixel', 'row', (r) => Math.floor(r.index / r.exposure.detector.width)],
      ['electrons', 'float32', 'electron', 'charge', (r) => r.electrons],
    ],
    'Charge of cosmic rays.',
  );
}

/** The planted properties of the amplifiers of every detector. */
export function amplifierTable(
  detectors: readonly { readonly detector: Detector; readonly signature: PlantedSignature }[],
  camera: Camera,
): Table {
  const rows = detectors.flatMap(({ detector, signature }) => signature.amplifiers.map((amp, k) => ({ detector, amp, k, signature })));
  return tableOf(
    rows,
    [
      ['instrument', 'string', '', 'camera', () => camera.name],
      ['detector', 'int32', '', 'detector', (r) => r.detector.id],
      ['amplifier', 'string', '', 'amplifier', (r) => r.amp.name],
      ['gain', 'float64', 'electron/adu', 'true gain', (r) => r.amp.gain],
      ['readNoise', 'float64', 'electron', 'true read noise', (r) => r.amp.readNoise],
      ['bias', 'float64', 'adu', 'pedestal', (r) => r.amp.biasAdu],
      ['beta', 'float64', 'adu**-1', 'ADU = u (1 - beta u)', (r) => r.amp.beta],
      [
        'crosstalk',
        'string',
        '',
        'coefficients of the sources in order of the amplifiers, JSON',
        (r) =>
          JSON.stringify([
            ...r.signature.crosstalk.subarray(r.k * r.signature.amplifiers.length, (r.k + 1) * r.signature.amplifiers.length),
          ]),
      ],
    ],
    'Planted properties of the amplifiers.',
  );
}

/** Planted defects. */
export function defectTable(detectors: readonly { readonly detector: Detector; readonly signature: PlantedSignature }[]): Table {
  const rows = detectors.flatMap(({ detector, signature }) => signature.defects.map((defect) => ({ detector, defect })));
  return tableOf(
    rows,
    [
      ['detector', 'int32', '', 'detector', (r) => r.detector.id],
      ['kind', 'string', '', 'hot, dead, dead-column', (r) => r.defect.kind],
      ['x', 'int32', 'pixel', 'first column', (r) => r.defect.x],
      ['y', 'int32', 'pixel', 'first row', (r) => r.defect.y],
      ['width', 'int32', 'pixel', 'columns', (r) => r.defect.width],
      ['height', 'int32', 'pixel', 'rows', (r) => r.defect.height],
      ['rate', 'float64', 'electron/s', 'of a hot pixel', (r) => r.defect.rate],
    ],
    'Planted defects.',
  );
}
