/** When and where the telescope looked; every part is absent where it is unknown. Angles in radians. */
export interface VisitInfo {
  readonly visitId?: bigint;
  readonly instrument?: string;
  /** Middle of the exposure, TAI nanoseconds since 1970-01-01T00:00:00 TAI. */
  readonly midpointTaiNs?: bigint;
  readonly exposureSec?: number;
  /** Time in which dark current gathers, read-out included. */
  readonly darkSec?: number;
  readonly boresightRa?: number;
  readonly boresightDec?: number;
  readonly boresightAzimuth?: number;
  readonly boresightAltitude?: number;
  readonly boresightAirmass?: number;
  readonly boresightParallacticAngle?: number;
  /** Angle of the focal plane on the sky. */
  readonly boresightRotation?: number;
  /** East longitude, geodetic latitude. */
  readonly observatoryLongitude?: number;
  readonly observatoryLatitude?: number;
  readonly observatoryElevationM?: number;
  /** Earth rotation angle. */
  readonly era?: number;
  readonly airTemperatureC?: number;
  readonly airPressurePa?: number;
  /** 0 to 1. */
  readonly humidity?: number;
  readonly object?: string;
  readonly observationType?: string;
  readonly scienceProgram?: string;
  readonly focusZMm?: number;
}
