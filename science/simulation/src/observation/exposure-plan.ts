import type { TaiNs } from '@almagest/time';
import type { Band } from '../sky/bands.ts';
import type { PsfField } from '../optics/psf-model.ts';
import type { Pointing } from '../optics/pointing.ts';

export type ExposureType = 'bias' | 'dark' | 'flat' | 'spots' | 'twilight' | 'science';

/** One exposure that is to be made, with everything about it that is drawn by chance already drawn. */
export interface ExposurePlan {
  readonly dayObs: number;
  readonly sequence: number;
  /** dayObs * 100000 + sequence. */
  readonly exposureId: number;
  readonly observationId: string;
  readonly type: ExposureType;
  readonly band: Band;
  readonly exposureSec: number;
  readonly beginTaiNs: TaiNs;
  /** Target of a flat, or of the spots of a projector [electron]; 0 for others. */
  readonly level: number;
  readonly group: string;
  /** Where the telescope really points, and where it says so. */
  readonly pointing: Pointing;
  readonly nominal: Pointing;
  readonly sky: ObservingConditions | null;
}

/** Conditions of a science exposure. Angles in radians. */
export interface ObservingConditions {
  readonly azimuth: number;
  readonly altitude: number;
  readonly endAzimuth: number;
  readonly endAltitude: number;
  readonly parallactic: number;
  readonly airmass: number;
  readonly cloudMag: number;
  /** FWHM in the band at this airmass [arcsec]. */
  readonly seeingArcsec: number;
  readonly skyMag: number;
  readonly psf: PsfField;
  readonly satelliteTrails: number;
  readonly pressureHpa: number;
  readonly temperatureC: number;
  readonly humidity: number;
}
