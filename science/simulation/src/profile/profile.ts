/** Strengths of the camera's signature; 0 or an empty list switches an effect off. */
export interface EffectStrengths {
  /** Scatter of the true gains about those of the camera file. */
  readonly gainScatter: number;
  /** Bias pedestal [ADU] and scatter between amplifiers. */
  readonly biasAdu: number;
  readonly biasScatterAdu: number;
  /** Fixed pattern of the bias [electron rms], columns and pixels together. */
  readonly biasPattern: number;
  /** Drift of the pedestal from row to row [electron rms of a random walk step]. */
  readonly biasDrift: number;
  /** [electron/s/pixel] */
  readonly darkCurrent: number;
  /** Fraction of pixels that are hot, their typical rate [electron/s]. */
  readonly hotFraction: number;
  readonly hotRate: number;
  readonly deadFraction: number;
  readonly deadColumns: number;
  /** Pixel-to-pixel response [rms], large-scale response [peak], vignetting at 60 mm. */
  readonly pixelResponse: number;
  readonly largeScaleResponse: number;
  readonly vignetting: number;
  /** Factor on the fringe amplitude of the band. */
  readonly fringe: number;
  /** Loss of linearity at 100,000 electrons, as a fraction. */
  readonly nonlinearity: number;
  /** Typical crosstalk coefficient between neighbouring amplifiers. */
  readonly crosstalk: number;
  /** Relative change of a pixel's boundary charge by 100,000 electrons in the neighbour. */
  readonly brighterFatter: number;
  /** Charge lost a serial transfer, and its decay length [pixel]. */
  readonly cti: number;
  readonly ctiDecay: number;
  /** [electron] */
  readonly fullWell: number;
  /** Cosmic rays [1/cm^2/s]. */
  readonly cosmicRays: number;
}

/** Times and counts of the calibration sequence. */
export interface CalibrationPlan {
  readonly bias: number;
  readonly darks: number;
  readonly darkSec: number;
  /** Bands of the flats, and levels of the flat pairs in the first of them [electron]; each level is exposed twice. */
  readonly flatBands: readonly string[];
  readonly flatLevels: readonly number[];
  /** Further flats at one level for the combined flat. */
  readonly flatsPerBand: number;
  readonly flatLevel: number;
  readonly twilight: number;
  /** Exposures of a projector's spots, which tell of crosstalk. */
  readonly spots: number;
}

/** A simulation: which camera, which sky, which nights. */
export interface Profile {
  readonly name: string;
  readonly camera: string;
  readonly seed: string;
  readonly field: {
    readonly raDeg: number;
    readonly decDeg: number;
    readonly ditherArcsec: number;
    readonly rotationStepDeg: number;
    /** Pointings about the centre [arcmin], east and north; each band of a night visits all of them. */
    readonly offsetsArcmin: readonly (readonly [east: number, north: number])[];
  };
  readonly sky: {
    readonly limitMag: number;
    readonly starDensity: number;
    readonly galaxyDensity: number;
    readonly variablesPerClass: number;
    readonly activeNuclei: number;
    readonly transients: number;
    readonly asteroids: number;
  };
  /** First night (local date of the evening) and those that follow, with the bands of each night in order. */
  readonly firstNight: string;
  readonly nightStep: number;
  readonly nights: readonly (readonly string[])[];
  readonly exposureSec: number;
  readonly visitGapSec: number;
  readonly seeing: { readonly medianArcsec: number; readonly scatter: number };
  readonly clouds: { readonly probability: number; readonly meanMag: number };
  readonly satelliteTrails: number;
  readonly pointingErrorArcsec: number;
  readonly calibration: CalibrationPlan;
  readonly effects: EffectStrengths;
}
