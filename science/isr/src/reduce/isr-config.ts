import { type AmplifierOffsetOptions, DEFAULT_AMPLIFIER_OFFSET } from '../amplifier-offset/amplifier-offset.ts';
import { type BrighterFatterOptions, DEFAULT_BRIGHTER_FATTER } from '../brighter-fatter/correct.ts';
import { DEFAULT_FRINGE, type FringeOptions } from '../fringe/fringe.ts';
import { DEFAULT_INTERPOLATION, type InterpolationOptions } from '../interpolation/interpolate.ts';
import { MEDIAN_PER_ROW, type OverscanOptions } from '../overscan/overscan.ts';

/** Which steps run, and how. A step that is on and lacks its calibration is an error. */
export interface IsrConfig {
  /** null switches the subtraction off. */
  readonly serialOverscan: OverscanOptions | null;
  readonly parallelOverscan: OverscanOptions | null;
  readonly saturation: boolean;
  /** Pixels by which saturated regions grow. */
  readonly saturationGrow: number;
  readonly crosstalk: boolean;
  readonly linearity: boolean;
  readonly transfer: boolean;
  readonly bias: boolean;
  readonly dark: boolean;
  readonly brighterFatter: BrighterFatterOptions | null;
  /** Neighbours of masked pixels up to this distance become SUSPECT: the brighter-fatter correction does not know what charge pushed them. */
  readonly brighterFatterGrow: number;
  readonly defects: boolean;
  readonly flat: boolean;
  /** Pixels whose relative response does not exceed this are NO_DATA. */
  readonly flatMinimum: number;
  readonly fringe: FringeOptions | null;
  readonly amplifierOffset: AmplifierOffsetOptions | null;
  readonly interpolation: InterpolationOptions | null;
  /** An amplifier is bad where its read noise exceeds this multiple of the expected one, or all its pixels are saturated. */
  readonly badAmplifierNoise: number;
  /** Whether a bad amplifier stops the reduction or is masked BAD and the rest goes on. */
  readonly badAmplifier: 'mask' | 'stop';
}

/** Overscan, saturation, bias, dark, flat, defects and interpolation; the rest off. */
export const DEFAULT_ISR: IsrConfig = {
  serialOverscan: MEDIAN_PER_ROW,
  parallelOverscan: null,
  saturation: true,
  saturationGrow: 1,
  crosstalk: false,
  linearity: false,
  transfer: false,
  bias: true,
  dark: true,
  brighterFatter: null,
  brighterFatterGrow: 2,
  defects: true,
  flat: true,
  flatMinimum: 0.2,
  fringe: null,
  amplifierOffset: null,
  interpolation: DEFAULT_INTERPOLATION,
  badAmplifierNoise: 10,
  badAmplifier: 'mask',
};

/** Every step on. */
export const FULL_ISR: IsrConfig = {
  ...DEFAULT_ISR,
  crosstalk: true,
  linearity: true,
  transfer: true,
  brighterFatter: DEFAULT_BRIGHTER_FATTER,
  fringe: DEFAULT_FRINGE,
  amplifierOffset: DEFAULT_AMPLIFIER_OFFSET,
};
