import type { Amplifier, Box, Detector, Linearity } from '@almagest/instrument';
import type { DenseKernel } from '@almagest/kernels';
import type { CrosstalkMatrix } from '../crosstalk/crosstalk.ts';
import type { RawPixels } from '../overscan/overscan.ts';
import type { TransferModel } from '../transfer/serial-transfer.ts';

/** Raw pixels of one amplifier with its overscans. */
export interface RawAmplifierPixels {
  readonly amplifier: Amplifier;
  readonly data: RawPixels;
  readonly width: number;
  readonly height: number;
}

/** One detector of one exposure as it was read. */
export interface RawDetector {
  readonly detector: Detector;
  readonly amplifiers: readonly RawAmplifierPixels[];
  /** Time in which dark current gathered [s]; null where the header does not say. */
  readonly darkSec: number | null;
  /** Seed of what is drawn at random (places of the fringe fit). */
  readonly seed: string;
}

/** Calibrations of one detector. Planes are on the assembled detector, [height, width], row-major, in electrons. */
export interface IsrCalibrations {
  /** [electron/ADU] and [electron], in order of the amplifiers; default: the camera's. */
  readonly gains?: ArrayLike<number>;
  readonly readNoises?: ArrayLike<number>;
  /** Raw saturation levels [ADU]; default: the camera's. */
  readonly saturations?: ArrayLike<number>;
  /** Raw levels from which pixels are suspect [ADU], such as those where the photon transfer curve turns; default: the camera's. */
  readonly suspects?: ArrayLike<number>;
  readonly linearity?: readonly Linearity[];
  readonly crosstalk?: CrosstalkMatrix;
  readonly transfer?: readonly TransferModel[];
  /** [electron] */
  readonly bias?: Float32Array;
  /** [electron/s] */
  readonly dark?: Float32Array;
  /** Relative response. */
  readonly flat?: Float32Array;
  readonly fringes?: readonly Float32Array[];
  readonly brighterFatter?: DenseKernel;
  readonly defects?: readonly Box[];
}

/** What a reduction did, for the metadata of its product. */
export interface IsrStatistics {
  readonly amplifiers: readonly AmplifierStatistics[];
  readonly saturatedPixels: number;
  readonly defectPixels: number;
  readonly unusableFlatPixels: number;
  /** Pixels that some calibration has no value for; they become NO_DATA. */
  readonly undefinedPixels: number;
  readonly interpolatedPixels: number;
  readonly fringeAmplitudes: readonly number[];
  readonly brighterFatterPasses: number;
  readonly pedestals: readonly number[];
  /** Median of good pixels, and half the 16 to 84 percentile range [electron]. */
  readonly median: number;
  readonly scatter: number;
}

export interface AmplifierStatistics {
  readonly name: string;
  /** Mean level, its scatter from row to row, and the scatter about it [ADU]; NaN without overscan. */
  readonly overscanMean: number;
  readonly overscanStdev: number;
  readonly overscanResidual: number;
  /** Read noise from the overscan [electron]. */
  readonly readNoise: number;
  readonly bad: boolean;
  readonly beyondLinearity: number;
}
