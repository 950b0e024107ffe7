import type { Box } from '../geometry/box.ts';
import type { TranslationRules } from '../translation/rules.ts';

/** Corner of the amplifier, on the assembled detector, that is read first. */
export type ReadCorner = 'LL' | 'LR' | 'UL' | 'UR';

/** Departure from linearity: what the camera file knows before calibration. */
export type Linearity =
  | { readonly type: 'none' }
  /** corrected = u + c[0] u^2 + c[1] u^3 ..., u in ADU after overscan. */
  | { readonly type: 'polynomial'; readonly coefficients: readonly number[] }
  /** Correction [ADU] to add at each knot [ADU], natural cubic spline between. */
  | { readonly type: 'spline'; readonly knots: readonly number[]; readonly values: readonly number[] }
  /** Correction [ADU] to add, one entry per ADU. */
  | { readonly type: 'lookup'; readonly table: readonly number[] };

/** One amplifier. Boxes named raw are pixels of its raw extension; `box` is on the assembled detector. */
export interface Amplifier {
  readonly name: string;
  /** Number (0 is primary) or EXTNAME of the extension that holds it. */
  readonly hdu: number | string;
  readonly box: Box;
  readonly rawData: Box;
  readonly rawSerialOverscan: Box | null;
  readonly rawParallelOverscan: Box | null;
  readonly rawPrescan: Box | null;
  /** Whether x, y run backwards from raw to assembled. */
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly readCorner: ReadCorner;
  /** [electron/ADU] */
  readonly gain: number;
  /** [electron] */
  readonly readNoise: number;
  /** Raw level [ADU] at which a pixel is full. */
  readonly saturation: number;
  /** Raw level [ADU] above which a pixel is not to be trusted. */
  readonly suspect: number;
  readonly linearity: Linearity;
}

export type DetectorPurpose = 'science' | 'guider' | 'focus' | 'wavefront';

export interface Detector {
  readonly id: number;
  readonly name: string;
  readonly serial: string | null;
  readonly group: string | null;
  readonly purpose: DetectorPurpose;
  readonly physicalType: string;
  /** Assembled size [pixel]. */
  readonly width: number;
  readonly height: number;
  readonly pixelMm: number;
  /** Centre on the focal plane [mm]; null where no source gives it. */
  readonly centerMm: readonly [x: number, y: number] | null;
  /** Anticlockwise rotation of the detector's x axis from that of the focal plane [deg]. */
  readonly rotationDeg: number;
  readonly flipX: boolean;
  readonly bayer: string | null;
  readonly amplifiers: readonly Amplifier[];
}

export interface Filter {
  /** Physical filter, as headers name it. */
  readonly name: string;
  readonly band: string;
  readonly wavelengthNm: number | null;
  readonly widthNm: number | null;
}

export interface Site {
  readonly name: string;
  readonly longitudeDeg: number;
  readonly latitudeDeg: number;
  readonly heightM: number;
}

/** How the focal plane sees the sky. */
export interface Optics {
  readonly apertureM: number | null;
  /** [arcsec/mm] at the centre of the field. */
  readonly plateScaleArcsecPerMm: number | null;
  /** Field angle [arcsec] = scale * r * (1 + d[0] r^2 + d[1] r^4 ...), r in mm. */
  readonly radialDistortion: readonly number[];
  /** Whether the focal plane is a mirror image of the sky seen from inside the sphere. */
  readonly flipX: boolean;
}

/** A camera: everything that is particular to an instrument. */
export interface Camera {
  readonly name: string;
  readonly title: string;
  /** Where the numbers come from. */
  readonly origin: string;
  readonly site: Site | null;
  readonly optics: Optics;
  readonly filters: readonly Filter[];
  readonly detectors: readonly Detector[];
  readonly maxExposureId: number;
  readonly translation: TranslationRules;
}
