import { isTaiTime, type ObservationInfo, type PropertyName, type PropertyValue } from '@almagest/instrument';
import { RawHeaderError } from '../errors.ts';

/** What one detector of one raw says about its exposure, ready for the registry. */
export interface RawObservation {
  readonly instrument: string;
  readonly exposure: number;
  readonly detector: number;
  /** Field values of the exposure record. */
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * Makes the exposure record of an observation in standard form.
 *
 * @throws {RawHeaderError} if a property that identifies the exposure is not known.
 */
export function observationRecord(info: ObservationInfo, instrumentName: string): RawObservation {
  const need = (name: PropertyName): NonNullable<PropertyValue> => {
    const value = info[name];
    if (value === null || value === undefined)
      throw new RawHeaderError(`the header gives no ${name}, which identifies the exposure`, { details: { property: name } });
    return value;
  };
  const instrument = instrumentName;
  const begin = info.datetime_begin;
  const end = info.datetime_end;
  const [ra, dec] = pair(info.tracking_radec);
  const [azimuth, altitude] = pair(info.altaz_begin);
  const exposure = need('exposure_id') as number;
  const day = need('observing_day') as number;
  return {
    instrument,
    exposure,
    detector: need('detector_num') as number,
    record: {
      instrument,
      id: exposure,
      obs_id: need('observation_id'),
      physical_filter: need('physical_filter'),
      group: info.exposure_group ?? need('observation_id'),
      day_obs: day,
      exposure_time: info.exposure_time_requested ?? info.exposure_time,
      dark_time: info.dark_time,
      observation_type: need('observation_type'),
      observation_reason: info.observation_reason,
      seq_num: info.observation_counter,
      seq_start: info.group_counter_start ?? info.observation_counter,
      seq_end: info.group_counter_end ?? info.observation_counter,
      target_name: info.object,
      science_program: info.science_program,
      tracking_ra: ra,
      tracking_dec: dec,
      sky_angle: info.boresight_rotation_coord === 'sky' ? info.boresight_rotation_angle : null,
      azimuth,
      zenith_angle: altitude === null ? null : 90 - altitude,
      has_simulated: info.has_simulated_content,
      can_see_sky: info.can_see_sky,
      timespan:
        isTaiTime(begin) && isTaiTime(end) && end.taiNs > begin.taiNs
          ? { begin: begin.taiNs, end: end.taiNs }
          : isTaiTime(begin)
            ? { begin: begin.taiNs, end: begin.taiNs + 1n }
            : null,
    },
  };
}

function pair(value: PropertyValue): readonly [number | null, number | null] {
  return Array.isArray(value) ? [(value as readonly number[])[0] ?? null, (value as readonly number[])[1] ?? null] : [null, null];
}
