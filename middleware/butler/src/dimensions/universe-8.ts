import type { UniverseColumn, UniverseConfigInput } from './universe-config.ts';

const TABLE = { cls: 'lsst.daf.butler.registry.dimensions.table.TableDimensionRecordStorage' };
const CACHED = { cls: 'lsst.daf.butler.registry.dimensions.caching.CachingDimensionRecordStorage', nested: TABLE };
const GOVERNOR = { cls: 'lsst.daf.butler.registry.dimensions.governor.BasicGovernorDimensionRecordStorage' };

const text = (name: string, length: number, doc?: string): UniverseColumn => ({ name, type: 'string', length, ...(doc ? { doc } : {}) });
const int = (name: string, doc?: string): UniverseColumn => ({ name, type: 'int', ...(doc ? { doc } : {}) });
const float = (name: string, doc?: string): UniverseColumn => ({ name, type: 'float', ...(doc ? { doc } : {}) });
const bool = (name: string, doc?: string): UniverseColumn => ({ name, type: 'bool', ...(doc ? { doc } : {}) });

/**
 * The dimension universe `daf_butler` version 8, which new repositories use.
 * Names, types, lengths, dependencies and storage keys are those of the published definition, because repositories carry them.
 */
export const UNIVERSE_8: UniverseConfigInput = {
  version: 8,
  namespace: 'daf_butler',
  skypix: {
    common: 'htm7',
    htm: { class: 'lsst.sphgeom.HtmPixelization', max_level: 24 },
    healpix: { class: 'lsst.sphgeom.HealpixPixelization', max_level: 17 },
  },
  elements: {
    instrument: {
      doc: 'A camera with its filters, detectors and numbering of exposures and visits.',
      keys: [text('name', 32)],
      metadata: [
        int('visit_max', 'Visit ids are below this.'),
        int('visit_system', 'Id of the visit system preferred for this instrument.'),
        int('exposure_max', 'Exposure ids are below this.'),
        int('detector_max', 'Detector ids are below this.'),
        text('class_name', 64, 'Name of the class that describes the instrument.'),
      ],
      governor: true,
      storage: GOVERNOR,
    },
    band: {
      doc: 'A range of wavelengths, whatever the instrument; coadds are named by it.',
      keys: [text('name', 32)],
      storage: {
        cls: CACHED.cls,
        nested: { cls: 'lsst.daf.butler.registry.dimensions.query.QueryDimensionRecordStorage', view_of: 'physical_filter' },
      },
    },
    physical_filter: {
      doc: 'A piece of glass of one instrument.',
      keys: [text('name', 32)],
      requires: ['instrument'],
      implies: ['band'],
      storage: CACHED,
    },
    subfilter: { doc: 'A numbered part of a band.', keys: [int('id')], requires: ['band'], storage: CACHED },
    detector: {
      doc: 'One detector of an instrument, independent of any exposure.',
      keys: [int('id'), text('full_name', 32)],
      requires: ['instrument'],
      metadata: [
        text('name_in_raft', 32),
        text('raft', 32, 'Group of detectors.'),
        text('purpose', 32, 'Role: SCIENCE, WAVEFRONT, GUIDE or another word of the instrument.'),
      ],
      storage: CACHED,
    },
    group: { doc: 'Exposures that were taken together.', keys: [text('name', 64)], requires: ['instrument'], storage: TABLE },
    day_obs: { doc: 'Observing day as the integer YYYYMMDD.', keys: [int('id')], requires: ['instrument'], storage: TABLE },
    visit: {
      doc: 'Exposures of one pointing and filter that are processed as one.',
      keys: [int('id'), text('name', 64)],
      requires: ['instrument'],
      implies: ['physical_filter', 'day_obs'],
      metadata: [
        int('seq_num', 'Sequence number of the first exposure.'),
        float('exposure_time', 'Sum of the exposure times [s].'),
        text('target_name', 64, 'Object or field.'),
        text('observation_reason', 68, 'Why it was taken.'),
        text('science_program', 64, 'Programme identifier.'),
        float('azimuth', 'Approximate azimuth [deg].'),
        float('zenith_angle', 'Approximate zenith angle [deg].'),
      ],
      storage: TABLE,
    },
    exposure: {
      doc: 'One opening of the shutter, or one read-out without it.',
      keys: [int('id'), text('obs_id', 64)],
      requires: ['instrument'],
      implies: ['physical_filter', 'group', 'day_obs'],
      metadata: [
        float('exposure_time', 'Time with the shutter open [s].'),
        float('dark_time', 'Time between reset and read-out [s].'),
        text('observation_type', 16, 'science, bias, dark, flat or another kind.'),
        text('observation_reason', 68, 'Why it was taken.'),
        int('seq_num', 'Counter within the day or overall, as the observatory defines it.'),
        int('seq_start', 'First sequence number that may belong together with this exposure.'),
        int('seq_end', 'Last sequence number that may belong together with this exposure.'),
        text('target_name', 64, 'Object or field.'),
        text('science_program', 64, 'Programme identifier.'),
        float('tracking_ra', 'ICRS right ascension of the boresight [deg]; null when not on the sky.'),
        float('tracking_dec', 'ICRS declination of the boresight [deg]; null when not on the sky.'),
        float('sky_angle', 'Angle of the focal plane on the sky [deg]; null when not on the sky.'),
        float('azimuth', 'Azimuth at the start [deg].'),
        float('zenith_angle', 'Zenith angle at the start [deg].'),
        bool('has_simulated', 'Some content is simulated.'),
        bool('can_see_sky', 'The detector could see the sky.'),
      ],
      storage: TABLE,
    },
    skymap: {
      doc: 'A division of the sky into tracts and patches.',
      keys: [text('name', 64), { name: 'hash', type: 'hash', nbytes: 40, doc: 'Hash of the parameters.' }],
      metadata: [
        int('tract_max', 'Tract ids are below this.'),
        int('patch_nx_max', 'Patches along x in a tract.'),
        int('patch_ny_max', 'Patches along y in a tract.'),
      ],
      governor: true,
      storage: GOVERNOR,
    },
    tract: { doc: 'A large area with one projection.', keys: [int('id')], requires: ['skymap'], storage: TABLE },
    patch: {
      doc: 'A rectangle within a tract.',
      keys: [int('id')],
      requires: ['skymap', 'tract'],
      metadata: [
        { ...int('cell_x', 'Column in the grid of patches.'), nullable: false },
        { ...int('cell_y', 'Row in the grid of patches.'), nullable: false },
      ],
      storage: TABLE,
    },
    visit_detector_region: {
      doc: 'Sky region of one detector in one visit.',
      requires: ['visit', 'detector'],
      populated_by: 'visit',
      storage: TABLE,
    },
    visit_system: {
      doc: 'A consistent way of grouping exposures into visits.',
      keys: [int('id'), text('name', 32)],
      requires: ['instrument'],
      storage: CACHED,
    },
    visit_definition: {
      doc: 'Which exposures make a visit.',
      requires: ['exposure', 'visit'],
      populated_by: 'visit',
      always_join: true,
      storage: TABLE,
    },
    visit_system_membership: {
      doc: 'Which visit systems a visit belongs to.',
      requires: ['visit', 'visit_system'],
      populated_by: 'visit',
      always_join: true,
      storage: TABLE,
    },
    ssp_hypothesis_table: { doc: 'A set of orbit hypotheses.', keys: [text('name', 64)], storage: TABLE },
    ssp_hypothesis_bundle: {
      doc: 'A part of the hypotheses that one quantum searches.',
      keys: [int('id')],
      requires: ['ssp_hypothesis_table'],
      storage: TABLE,
    },
    ssp_balanced_index: {
      doc: 'An index that spreads work evenly.',
      keys: [int('id')],
      requires: ['ssp_hypothesis_table'],
      storage: TABLE,
    },
  },
  topology: {
    spatial: { observation_regions: ['visit_detector_region', 'visit'], skymap_regions: ['patch', 'tract'] },
    temporal: { observation_timespans: ['exposure', 'visit', 'day_obs'] },
  },
  packers: {
    visit_detector: {
      fixed: ['instrument'],
      dimensions: ['instrument', 'visit', 'detector'],
      cls: 'lsst.daf.butler.instrument.ObservationDimensionPacker',
    },
    exposure_detector: {
      fixed: ['instrument'],
      dimensions: ['instrument', 'exposure', 'detector'],
      cls: 'lsst.daf.butler.instrument.ObservationDimensionPacker',
    },
    tract_patch: { fixed: ['skymap'], dimensions: ['skymap', 'tract', 'patch'], cls: 'lsst.skymap.packers.SkyMapDimensionPacker' },
    tract_patch_band: {
      fixed: ['skymap'],
      dimensions: ['skymap', 'tract', 'patch', 'band'],
      cls: 'lsst.skymap.packers.SkyMapDimensionPacker',
    },
  },
};
