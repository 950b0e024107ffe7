/** How a property is held in memory and in JSON. */
export type PropertyKind = 'string' | 'integer' | 'number' | 'boolean' | 'time' | 'location' | 'radec' | 'altaz';

/** One of the field's standard observation properties. */
export interface PropertyDefinition {
  readonly kind: PropertyKind;
  /** Unit of the stored value; null where it has none. */
  readonly unit: 's' | 'deg' | 'm' | 'K' | 'hPa' | '%' | null;
  /** Closed range of believable values. */
  readonly range?: readonly [minimum: number, maximum: number];
  readonly values?: readonly string[];
  readonly description: string;
}

/** Name of a standard property. */
export type PropertyName =
  | 'telescope'
  | 'instrument'
  | 'location'
  | 'exposure_id'
  | 'visit_id'
  | 'physical_filter'
  | 'datetime_begin'
  | 'datetime_end'
  | 'exposure_time'
  | 'exposure_time_requested'
  | 'dark_time'
  | 'boresight_airmass'
  | 'boresight_rotation_angle'
  | 'boresight_rotation_coord'
  | 'detector_num'
  | 'detector_name'
  | 'detector_unique_name'
  | 'detector_serial'
  | 'detector_group'
  | 'detector_exposure_id'
  | 'focus_z'
  | 'object'
  | 'temperature'
  | 'pressure'
  | 'relative_humidity'
  | 'tracking_radec'
  | 'altaz_begin'
  | 'altaz_end'
  | 'science_program'
  | 'observation_type'
  | 'observation_id'
  | 'observation_reason'
  | 'exposure_group'
  | 'observing_day'
  | 'observing_day_offset'
  | 'observation_counter'
  | 'has_simulated_content'
  | 'group_counter_start'
  | 'group_counter_end'
  | 'can_see_sky';

const text = (description: string): PropertyDefinition => ({ kind: 'string', unit: null, description });
const integer = (description: string): PropertyDefinition => ({ kind: 'integer', unit: null, description });
const seconds = (description: string): PropertyDefinition => ({ kind: 'number', unit: 's', range: [0, 1e7], description });

/**
 * The 40 standard observation properties, in the field's own names and order.
 *
 * @see astro_metadata_translator, `properties.py`, for the names and units.
 */
export const PROPERTIES: Readonly<Record<PropertyName, PropertyDefinition>> = {
  telescope: text('Full name of the telescope.'),
  instrument: text('Instrument that made the observation.'),
  location: { kind: 'location', unit: 'm', description: 'Geocentric position of the telescope (ITRS x, y, z).' },
  exposure_id: integer('Integer that identifies the exposure within the instrument.'),
  visit_id: integer('Integer that identifies the visit of the exposure.'),
  physical_filter: text('Name of the filter in the beam.'),
  datetime_begin: { kind: 'time', unit: null, description: 'Start of the observation (TAI).' },
  datetime_end: { kind: 'time', unit: null, description: 'End of the observation (TAI).' },
  exposure_time: seconds('Time the shutter was open.'),
  exposure_time_requested: seconds('Exposure time that was asked for.'),
  dark_time: seconds('Time charge was collected, shutter open or closed.'),
  boresight_airmass: { kind: 'number', unit: null, range: [0.99, 50], description: 'Airmass at the boresight.' },
  boresight_rotation_angle: { kind: 'number', unit: 'deg', range: [-360, 360], description: 'Rotation of the instrument.' },
  boresight_rotation_coord: {
    kind: 'string',
    unit: null,
    values: ['sky', 'mount', 'horizon', 'unknown'],
    description: 'What the rotation angle refers to.',
  },
  detector_num: integer('Number of the detector within the instrument.'),
  detector_name: text('Name of the detector within its group.'),
  detector_unique_name: text('Name of the detector within the instrument.'),
  detector_serial: text('Serial number of the detector.'),
  detector_group: text('Raft or other group of the detector.'),
  detector_exposure_id: integer('Integer that identifies this detector in this exposure.'),
  focus_z: { kind: 'number', unit: 'm', range: [-1, 1], description: 'Defocal distance.' },
  object: text('Name of the target or field.'),
  temperature: { kind: 'number', unit: 'K', range: [150, 350], description: 'Air temperature outside the dome.' },
  pressure: { kind: 'number', unit: 'hPa', range: [300, 1100], description: 'Air pressure outside the dome.' },
  relative_humidity: { kind: 'number', unit: '%', range: [0, 100], description: 'Relative humidity outside the dome.' },
  tracking_radec: { kind: 'radec', unit: 'deg', description: 'Requested ICRS right ascension and declination.' },
  altaz_begin: { kind: 'altaz', unit: 'deg', description: 'Azimuth and altitude at the start.' },
  altaz_end: { kind: 'altaz', unit: 'deg', description: 'Azimuth and altitude at the end.' },
  science_program: text('Observing programme.'),
  observation_type: text('Kind of observation: science, bias, dark, flat ...'),
  observation_id: text('Label that identifies the observation.'),
  observation_reason: text('Why the observation was made.'),
  exposure_group: text('Label shared by exposures that belong together.'),
  observing_day: { kind: 'integer', unit: null, range: [18000101, 30000101], description: 'Observing day as YYYYMMDD.' },
  observing_day_offset: {
    kind: 'integer',
    unit: 's',
    range: [-86400, 86400],
    description: 'Offset of the observing day from the TAI day.',
  },
  observation_counter: integer('Counter of the observation, for the instrument or the day.'),
  has_simulated_content: { kind: 'boolean', unit: null, description: 'Whether any part was simulated.' },
  group_counter_start: integer('Counter of the first observation of the group.'),
  group_counter_end: integer('Counter of the last observation of the group.'),
  can_see_sky: { kind: 'boolean', unit: null, description: 'Whether the detector could see sky; unknown where null.' },
};

/** The names in the field's order. */
export const PROPERTY_NAMES: readonly PropertyName[] = Object.keys(PROPERTIES) as PropertyName[];

/** Says whether a name is one of the forty properties. */
export function isPropertyName(name: string): name is PropertyName {
  return Object.hasOwn(PROPERTIES, name);
}
